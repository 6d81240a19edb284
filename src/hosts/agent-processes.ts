import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { ProcessTable } from './process-table.js';

/** Far more than a look at some thousand processes takes. */
const LIMIT_MS = 5_000;

/** Where Linux tells of processes; null on a machine that does not. */
const LINUX_PROC = process.platform === 'linux' ? '/proc' : null;

/** What tells an agent's process from a person's. */
export interface PeerSurroundings {
  /** Whoever works in a workspace under it is taken for an agent. */
  readonly workspaceRoot: string;
  /** Where Linux tells of processes; null on a machine that does not. */
  readonly proc?: string | null;
  readonly limitMs?: number;
}

/**
 * Looks at the processes of this machine for a reason to refuse what came from one of them; one that is there when the
 * look takes too long, and null where the machine tells of none.
 */
export async function lookAtProcesses(
  { proc = LINUX_PROC, limitMs = LIMIT_MS }: PeerSurroundings,
  look: (table: ProcessTable) => Promise<string | null>,
): Promise<string | null> {
  if (proc === null) return null;
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<string>((resolve) => {
    timer = setTimeout(() => {
      resolve('Which process sent this could not be seen in time; send it again in a moment.');
      limit.abort();
    }, limitMs);
  });
  try {
    return await Promise.race([overdue, look(new ProcessTable(proc, limit.signal))]);
  } finally {
    clearTimeout(timer);
    limit.abort();
  }
}

/** A process that acts for an agent. */
export interface AgentProcess {
  readonly pid: number;
  /** The end of a sentence about it. */
  readonly why: string;
}

/**
 * The processes that are an agent's: those that descend from this one; that have, or descend from one that has, what a
 * supervisor leaves on all it starts; or that work in a workspace under the root. What this process itself inherited of a
 * supervisor does not count.
 */
export async function agentProcesses(
  table: ProcessTable,
  workspaceRoot: string,
): Promise<readonly AgentProcess[]> {
  const root = await physical(workspaceRoot);
  const parents = await table.parents();
  const elders = lineOf(process.pid, parents);
  const inherited = new Set<string>();
  await table.forEach(elders, async (pid) => {
    for (const trace of await table.traces(pid)) inherited.add(trace);
  });
  const others = [...parents.keys()].filter((pid) => !elders.includes(pid));
  const started = new Set([process.pid]);
  const working = new Set<number>();
  await table.forEach(others, async (pid) => {
    if ((await table.traces(pid)).some((trace) => !inherited.has(trace))) started.add(pid);
    else if (isUnder(await table.workingDirectory(pid), root)) working.add(pid);
  });
  return others.flatMap((pid) => {
    if (lineOf(pid, parents).some((ancestor) => started.has(ancestor))) {
      return [{ pid, why: 'which an agent or a hook has started' }];
    }
    return working.has(pid) ? [{ pid, why: `which works in a workspace under ${root}` }] : [];
  });
}

/** A process and its ancestors, itself first. */
function lineOf(pid: number, parents: ReadonlyMap<number, number>): readonly number[] {
  const line: number[] = [];
  for (let at = pid; parents.has(at) && !line.includes(at); at = parents.get(at) ?? 0) line.push(at);
  return line;
}

function isUnder(directory: string | null, root: string): boolean {
  return directory !== null && `${directory}/`.startsWith(root.endsWith('/') ? root : `${root}/`);
}

/** The kernel tells directories by their physical path. */
async function physical(root: string): Promise<string> {
  try {
    return await realpath(root);
  } catch {
    // There is no such directory, so nobody works in it.
    return path.resolve(root);
  }
}
