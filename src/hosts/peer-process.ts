import { agentProcesses, lookAtProcesses, type PeerSurroundings } from './agent-processes.js';
import type { ProcessTable } from './process-table.js';

/** The state of a socket that takes connections, as `net/tcp` writes it. */
const LISTENING = '0A';

/** A connection to this process from this machine; a port is undefined once it is gone. */
export interface LoopbackConnection {
  readonly localPort: number | undefined;
  readonly remotePort: number | undefined;
}

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
  surroundings: PeerSurroundings,
): Promise<string | null> {
  return await lookAtProcesses(surroundings, (table) => look(connection, surroundings.workspaceRoot, table));
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
  for (const { pid, why } of await agentProcesses(table, workspaceRoot)) {
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
