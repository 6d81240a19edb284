import { chmod, lstat } from 'node:fs/promises';
import type { Server } from 'node:net';
import { errorMessage, SymphonyError } from '../domain/error.js';
import { unlinkSocket } from '../files/unlink-socket.js';

const OWNER_ONLY = 0o600;
/** Directories that something else makes in the same moment stay usable. */
const PRIVATE_UMASK = 0o077;
/** What fits the address of a unix socket; Node binds the beginning of anything longer, without a word. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * Listens on a unix socket that only its own user can open, from its first moment. What an earlier process left there is
 * removed: whoever calls holds the lock of the state directory.
 * @throws SymphonyError `state_directory_unavailable`
 */
export async function listenPrivately(server: Server, path: string): Promise<void> {
  try {
    if (Buffer.byteLength(path) > MAX_PATH_BYTES)
      throw new Error(`a socket has at most ${MAX_PATH_BYTES} bytes`);
    await removeSocket(path);
    await listen(server, path);
    await chmod(path, OWNER_ONLY);
  } catch (error) {
    throw new SymphonyError(
      'state_directory_unavailable',
      `the socket ${path}, through which commands reach the daemon, cannot be made: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}

/** Removes a socket; anything else of that name is left alone. */
export async function removeSocket(path: string): Promise<void> {
  const stats = await lstat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (stats === null) return;
  if (!stats.isSocket()) throw new Error('there is something else of that name');
  await unlinkSocket(path);
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(PRIVATE_UMASK);
    try {
      // The socket is bound before this returns.
      server.listen({ path }, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}
