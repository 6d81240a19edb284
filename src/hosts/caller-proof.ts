import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readdir, realpath, rm, unlink } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage, SymphonyError } from '../domain/error.js';
import { agentProcesses, lookAtProcesses, type PeerSurroundings } from './agent-processes.js';
import type { ProcessTable } from './process-table.js';

// A unix socket does not tell Node who is at its other end. So whoever gives an order opens a file beside the state of
// the daemon, keeps it open, and names the file and itself; that it holds the file can be seen.

const DIRECTORY = 'callers';
const OWNER_ONLY = 0o600;
const DIRECTORY_MODE = 0o700;
const NAME_BYTES = 18;
/** What base64url makes of that many bytes; so the name cannot lead anywhere else. */
const NAME = /^[A-Za-z0-9_-]{24}$/u;
const PROCESS_ID = /^[1-9]\d{0,9}$/u;

/** By what a caller shows which process it is, for as long as its order takes. */
export interface CallerProof {
  /** To be sent with the order. */
  readonly headers: { readonly 'x-symphony-process': string; readonly 'x-symphony-proof': string };
  close(): Promise<void>;
}

/**
 * Proves which process this is to the daemon of a state directory. Counts for one order; to be closed after it.
 * @throws SymphonyError `state_directory_unavailable`
 */
export async function proveCaller(stateDirectory: string): Promise<CallerProof> {
  const name = randomBytes(NAME_BYTES).toString('base64url');
  const file = path.join(stateDirectory, DIRECTORY, name);
  try {
    const handle = await open(file, 'wx', OWNER_ONLY);
    return {
      headers: { 'x-symphony-process': String(process.pid), 'x-symphony-proof': name },
      close: async () => {
        await handle.close();
        await rm(file, { force: true });
      },
    };
  } catch (error) {
    throw new SymphonyError(
      'state_directory_unavailable',
      `an order must be proven to the daemon by a file in ${path.dirname(file)}, which cannot be written ` +
        `(${errorMessage(error)}). Give it as the user that the daemon runs as`,
      { cause: error },
    );
  }
}

/**
 * Makes the place for proofs, and removes what callers left that were killed. For the process that holds the lock of the
 * state directory, before it takes orders.
 * @throws SymphonyError `state_directory_unavailable`
 */
export async function openCallerProofs(stateDirectory: string): Promise<void> {
  const directory = path.join(stateDirectory, DIRECTORY);
  try {
    await makePrivate(directory);
    const left = (await readdir(directory)).filter((name) => NAME.test(name));
    await Promise.all(left.map((name) => rm(path.join(directory, name), { force: true })));
  } catch (error) {
    throw new SymphonyError(
      'state_directory_unavailable',
      `the directory ${directory} cannot be used (${errorMessage(error)}). Remove it, and see that the state directory ` +
        'can be written',
      { cause: error },
    );
  }
}

async function makePrivate(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: DIRECTORY_MODE });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

/** Who a request says it comes from, as it was sent. */
export interface CallerClaim {
  readonly processId: string | undefined;
  readonly proof: string | undefined;
}

/** What a claim is held against. */
export interface CallerSurroundings extends PeerSurroundings {
  readonly stateDirectory: string;
}

/**
 * Tells why a request over the socket does not come from a person, as a sentence; null when it is proven that its process
 * is none of an agent's, or where the machine does not tell of processes. A proof counts once.
 *
 * What holds for connections (see `agentRefusal`) holds here: against a process that another service starts for an agent
 * no look helps, only a sandbox or a user of its own.
 */
export async function callerRefusal(
  claim: CallerClaim,
  surroundings: CallerSurroundings,
): Promise<string | null> {
  return await lookAtProcesses(surroundings, (table) => look(claim, surroundings, table));
}

const UNPROVEN = 'It does not show which process sent it; use the "symphony" commands of this machine.';
const GONE = 'It comes with a proof that no longer counts; give the order again.';

async function look(
  claim: CallerClaim,
  { stateDirectory, workspaceRoot }: CallerSurroundings,
  table: ProcessTable,
): Promise<string | null> {
  const { processId: told = '', proof = '' } = claim;
  if (!PROCESS_ID.test(told) || !NAME.test(proof)) return UNPROVEN;
  const processId = Number(told);
  const file = await proofFile(stateDirectory, proof);
  if (file === null) return GONE;
  const held = new Set([file]);
  for (const { pid, why } of await agentProcesses(table, workspaceRoot)) {
    // Also one that only had a look at the proof of somebody else.
    if (pid === processId || (await table.holdsAny(pid, held)))
      return `It was sent by process ${pid}, ${why}.`;
  }
  if (!(await table.holdsAny(processId, held))) {
    return `Process ${processId} does not hold the proof that came with it; give it as the user that the daemon runs as, where that runs.`;
  }
  return (await isConsumed(file)) ? null : GONE;
}

/** By its physical path, as the kernel tells it; null when there is no such proof. */
async function proofFile(stateDirectory: string, proof: string): Promise<string | null> {
  try {
    const file = path.join(await realpath(path.join(stateDirectory, DIRECTORY)), proof);
    return (await lstat(file)).isFile() ? file : null;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Of two that come with the same proof, one removes it. */
async function isConsumed(file: string): Promise<boolean> {
  try {
    await unlink(file);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
