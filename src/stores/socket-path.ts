import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, mkdir, readFile, realpath, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorMessage, SymphonyError } from '../domain/error.js';
import { unlinkSocket } from '../files/unlink-socket.js';

const SOCKET_NAME = 'api.sock';
/** Names the socket when it had to go elsewhere. */
const RECORD_NAME = 'api.sock.path';
/** What fits the address of a unix socket; Node binds the beginning of anything longer, without a word. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
const OWNER_ONLY = 0o700;
const OF_OTHERS = 0o077;
/** A record that is longer than this is none. */
const MAX_RECORD_BYTES = 4_096;
const AS_THAT_USER = 'Run the command as the user that the daemon runs as';

/** Where a daemon is to listen for commands of its own machine. */
export interface SocketPlace {
  readonly path: string;
  /** Removes the socket and what was made for it; for when nobody listens there any more. */
  close(): Promise<void>;
}

/** What the place of a socket depends on besides the state directory. */
export interface SocketSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Bytes of the longest path that is used; what the system allows unless told otherwise. */
  readonly maxBytes?: number;
}

/**
 * Chooses where the daemon of a state directory listens, and makes the place free: `api.sock` in the directory, or, when
 * that path is too long for a socket, in a private directory of its own that is recorded in `api.sock.path`.
 * For the process that holds the directory's lock: whatever listens there by that name is a thing of the past.
 * @throws SymphonyError `state_directory_unavailable`
 */
export async function openSocketPlace(
  stateDirectory: string,
  surroundings: SocketSurroundings,
): Promise<SocketPlace> {
  try {
    await leaveRecorded(stateDirectory);
    const near = path.join(stateDirectory, SOCKET_NAME);
    if (Buffer.byteLength(near) <= (surroundings.maxBytes ?? MAX_PATH_BYTES)) {
      await unlinkSocket(near);
      return { path: near, close: () => unlinkSocket(near) };
    }
    const directory = await privateDirectory(stateDirectory, surroundings);
    const far = path.join(directory, SOCKET_NAME);
    await unlinkSocket(far);
    await writeWhole(path.join(stateDirectory, RECORD_NAME), `${far}\n`);
    return { path: far, close: () => leaveRecorded(stateDirectory) };
  } catch (error) {
    if (error instanceof SymphonyError) throw error;
    throw unusable(stateDirectory, errorMessage(error), error);
  }
}

/**
 * Where the daemon of a state directory listens, if one runs. A socket of somebody else is not named: what a person orders
 * comes with the operator's token, which is not to be shown to strangers.
 * @throws SymphonyError `daemon_unreachable`
 */
export async function findSocket(stateDirectory: string): Promise<string> {
  try {
    const directory = await statOf(stateDirectory);
    if (directory === null) {
      throw unreachable(
        `no daemon has run with the state directory ${stateDirectory}. ` +
          'Start one with "symphony", or name its workflow file with --workflow, or its --state-dir',
      );
    }
    const recorded = await recordedPath(stateDirectory);
    const found = recorded ?? path.join(stateDirectory, SOCKET_NAME);
    const stats = await statOf(found);
    if (stats === null)
      throw unreachable(
        `no daemon runs with the state directory ${stateDirectory}. Start one with "symphony"`,
      );
    // Root may see to the daemon of somebody else.
    const owners = userId() === 0 ? [0, directory.uid] : [userId()];
    const isSafe = recorded === null || (await isPrivate(path.dirname(recorded), owners));
    if (stats.isSocket() && owners.includes(stats.uid) && isSafe) return found;
    throw unreachable(`${found} is not the socket of a daemon that runs as you. ${AS_THAT_USER}`);
  } catch (error) {
    if (error instanceof SymphonyError) throw error;
    if (hasCode(error, 'EACCES', 'EPERM'))
      throw unreachable(`${stateDirectory} may not be read. ${AS_THAT_USER}`, error);
    throw unreachable(`${stateDirectory} cannot be read: ${errorMessage(error)}`, error);
  }
}

/**
 * Tells the very socket that commands find by now from another one at the same path, for the process that listens there;
 * null when they find none.
 */
export async function socketIdentity(stateDirectory: string): Promise<string | null> {
  const recorded = await recordedPath(stateDirectory);
  const stats = await statOf(recorded ?? path.join(stateDirectory, SOCKET_NAME));
  return stats?.isSocket() === true ? `${stats.dev}:${stats.ino}` : null;
}

/** Makes or takes the directory of a socket that is too deep; by its name the next start finds it again. */
async function privateDirectory(
  stateDirectory: string,
  { env, maxBytes = MAX_PATH_BYTES }: SocketSurroundings,
): Promise<string> {
  const name = `symphony-${userId()}-${await hashOf(stateDirectory)}`;
  const parents = [env['XDG_RUNTIME_DIR'] ?? '', tmpdir(), '/tmp'].filter((parent) =>
    path.isAbsolute(parent),
  );
  const fitting = parents
    .map((parent) => path.join(parent, name))
    .filter((directory) => Buffer.byteLength(path.join(directory, SOCKET_NAME)) <= maxBytes);
  let last: unknown = new Error(`${parents.join(' and ')} are too deep as well`);
  for (const directory of fitting) {
    try {
      await mkdir(directory, { mode: OWNER_ONLY });
      return directory;
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return await taken(directory, stateDirectory);
      last = error;
    }
  }
  throw last;
}

/** Anybody may make a directory of that name where everybody may write. */
async function taken(directory: string, stateDirectory: string): Promise<string> {
  if (await isPrivate(directory, [userId()])) return directory;
  throw unusable(
    stateDirectory,
    `its path is too long for a socket, and ${directory}, which would hold the socket instead, is not a directory ` +
      'of yours that others cannot enter. Remove it',
  );
}

/** Whether it is a directory of one of these users that no other can enter. */
async function isPrivate(directory: string, owners: readonly number[]): Promise<boolean> {
  const stats = await statOf(directory);
  return stats?.isDirectory() === true && owners.includes(stats.uid) && (stats.mode & OF_OTHERS) === 0;
}

/** Removes a socket elsewhere with its directory, and the record of it. */
async function leaveRecorded(stateDirectory: string): Promise<void> {
  const recorded = await recordedPath(stateDirectory);
  if (recorded !== null && (await isPrivate(path.dirname(recorded), [userId()]))) {
    await unlinkSocket(recorded);
    await removeEmpty(path.dirname(recorded));
  }
  await rm(path.join(stateDirectory, RECORD_NAME), { force: true });
}

async function removeEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}

/** Null without a record of this directory's own; one that was copied with another directory is that one's. */
async function recordedPath(stateDirectory: string): Promise<string | null> {
  const file = path.join(stateDirectory, RECORD_NAME);
  const stats = await statOf(file);
  if (stats === null || !stats.isFile() || stats.size > MAX_RECORD_BYTES) return null;
  const recorded = (await readFile(file, 'utf8')).trim();
  const isOwn = path.dirname(recorded).endsWith(`-${await hashOf(stateDirectory)}`);
  return path.isAbsolute(recorded) && isOwn && path.basename(recorded) === SOCKET_NAME ? recorded : null;
}

async function hashOf(stateDirectory: string): Promise<string> {
  const physical = await realpath(stateDirectory);
  return createHash('sha256').update(physical).digest('hex').slice(0, 16);
}

async function writeWhole(file: string, content: string): Promise<void> {
  const candidate = `${file}.${process.pid}`;
  try {
    await writeFile(candidate, content, { mode: 0o600 });
    await rename(candidate, file);
  } finally {
    await rm(candidate, { force: true });
  }
}

/** Of the name itself, so that a link is seen as one; null when there is nothing. */
async function statOf(file: string): Promise<Stats | null> {
  try {
    return await lstat(file);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/** Where a system has no users, everything is everybody's. */
function userId(): number {
  return process.getuid?.() ?? 0;
}

function unusable(stateDirectory: string, why: string, cause?: unknown): SymphonyError {
  return new SymphonyError(
    'state_directory_unavailable',
    `there is no place for the socket of the daemon of ${stateDirectory}: ${why}; or choose a shorter --state-dir`,
    { cause },
  );
}

function unreachable(message: string, cause?: unknown): SymphonyError {
  return new SymphonyError('daemon_unreachable', message, { cause });
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
