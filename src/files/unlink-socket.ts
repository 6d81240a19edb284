import { unlink } from 'node:fs/promises';

/**
 * Removes the name of a socket, if it is there.
 *
 * Not with `rm`, which looks at the file first: on Node 20 such a look at a socket (a callback `lstat`) stays in the buffer
 * in which `realpathSync` finds what it asked about last, so that a module that is loaded in that moment through a linked
 * directory keeps the link in its path, and is loaded twice.
 */
export async function unlinkSocket(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
