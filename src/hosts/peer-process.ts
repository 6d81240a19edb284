import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { ProcessTable } from './process-table.js';

/** Far more than a look at some thousand processes takes. */
const LIMIT_MS = 2_000;
/** The state of a socket that takes connections, as `net/tcp` writes it. */
const LISTENING = '0A';

/** A connection to this process from this machine; a port is undefined once it is gone. */
export interface LoopbackConnection {
  readonly localPort: number | undefined;
  readonly remotePort: number | undefined;
}

/** What tells an agent's process from a person's. */
export interface PeerSurroundings {
  /** Whoever works in a workspace under it is taken for an agent. */
  readonly workspaceRoot: string;
  /** Where Linux tells of processes; null on a machine that does not. */
  readonly proc?: string | null;
  readonly limitMs?: number;
}

const LINUX_PROC = process.platform === 'linux' ? '/proc' : null;

/**
 * Looks who holds the other end of a connection, and tells why that is no person, as a sentence; null when nothing speaks
 * against it, or where it cannot be told.
 *
 * An agent's process is one that descends from this one; that has, or descends from one that has, what a supervisor
 * leaves on all it starts; or that works in a workspace. What this process itself inherited of a supervisor does not
 * count: then an agent runs this daemon, and acts for a person here. Beyond reach are processes that other users run or
 * that hide from their own user, and what an agent has another daemon do; against those no look helps, only a sandbox.
 */
export async function agentRefusal(
  connection: LoopbackConnection,
  { workspaceRoot, proc = LINUX_PROC, limitMs = LIMIT_MS }: PeerSurroundings,
): Promise<string | null> {
  if (proc === null) return null;
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<string>((resolve) => {
    timer = setTimeout(() => {
      resolve('It took too long to see which process sent it; send it again in a moment.');
      limit.abort();
    }, limitMs);
  });
  try {
    const looked = look(connection, workspaceRoot, new ProcessTable(proc, limit.signal));
    return await Promise.race([overdue, looked]);
  } finally {
    clearTimeout(timer);
    limit.abort();
  }
}

const GAVE_UP = 'The connection was given up before it could be seen which process sent this.';

async function look(
  connection: LoopbackConnection,
  workspaceRoot: string,
  table: ProcessTable,
): Promise<string | null> {
  const sockets = await otherEnds(connection, table);
  if (sockets === null) return null;
  if (sockets.size === 0) return GAVE_UP;
  for (const { pid, why } of await agentProcesses(table, await physical(workspaceRoot))) {
    if (await table.holdsAny(pid, sockets)) return `The request was sent by process ${pid}, ${why}.`;
  }
  // A process that sent it and ended meanwhile could not be seen any more.
  return (await otherEnds(connection, table))?.size === 0 ? GAVE_UP : null;
}

/** The sockets at the other end as `socket:[inode]`, none when nobody holds it any more; null where it is not told. */
async function otherEnds(
  { localPort, remotePort }: LoopbackConnection,
  table: ProcessTable,
): Promise<ReadonlySet<string> | null> {
  if (localPort === undefined || remotePort === undefined) return new Set();
  const rows = ((await table.connections()) ?? []).map(
    ([, local = '', remote = '', state = '', , , , , , inode = '0']) => ({
      local: portOf(local),
      remote: portOf(remote),
      state,
      inode,
    }),
  );
  // A kernel that does not even show our own server does not show the rest either.
  if (!rows.some(({ local, state }) => local === localPort && state === LISTENING)) return null;
  const ends = rows.filter(
    ({ local, remote, inode }) => local === remotePort && remote === localPort && inode !== '0',
  );
  return new Set(ends.map(({ inode }) => `socket:[${inode}]`));
}

/** `0100007F:A01F` has its port at the end, in hexadecimal digits. */
function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);
}

interface AgentProcess {
  readonly pid: number;
  /** The end of a sentence about it. */
  readonly why: string;
}

async function agentProcesses(table: ProcessTable, workspaceRoot: string): Promise<readonly AgentProcess[]> {
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
    else if (isUnder(await table.workingDirectory(pid), workspaceRoot)) working.add(pid);
  });
  return others.flatMap((pid) => {
    if (lineOf(pid, parents).some((ancestor) => started.has(ancestor))) {
      return [{ pid, why: 'which an agent or a hook has started' }];
    }
    return working.has(pid) ? [{ pid, why: `which works in a workspace under ${workspaceRoot}` }] : [];
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
