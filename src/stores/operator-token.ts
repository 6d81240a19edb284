import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage, SymphonyError } from '../domain/error.js';

const TOKEN_BYTES = 32;
const OWNER_ONLY = 0o600;
const OF_OTHERS = 0o077;
/** What base64url makes of that many bytes. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/u;
/** A file that is longer than this is not a token. */
const MAX_FILE_BYTES = 256;

/**
 * The token by which a person acts on the daemon, made on the first start in a state directory and kept from then on.
 * For the process that holds the directory's lock.
 * @throws SymphonyError `state_directory_unavailable`, also when others can read the token
 */
export async function keepOperatorToken(stateDirectory: string): Promise<string> {
  const file = tokenFile(stateDirectory);
  const kept = await readToken(file);
  if (kept !== null) return kept;
  await writeToken(file, randomBytes(TOKEN_BYTES).toString('base64url'), link);
  const made = await readToken(file);
  if (made === null) throw unusable(file, 'it was removed as soon as it was made');
  return made;
}

/**
 * Puts the token of a running daemon back, whatever is in its place by now. For the process that holds the directory's lock.
 * @throws SymphonyError `state_directory_unavailable`
 */
export async function restoreOperatorToken(stateDirectory: string, token: string): Promise<void> {
  await writeToken(tokenFile(stateDirectory), token, rename);
}

/**
 * The token of a daemon that has run with this state directory.
 * @throws SymphonyError `state_directory_unavailable`
 */
export async function readOperatorToken(stateDirectory: string): Promise<string> {
  const token = await readToken(tokenFile(stateDirectory));
  if (token !== null) return token;
  throw new SymphonyError(
    'state_directory_unavailable',
    `there is no operator token in ${stateDirectory}: no daemon has run with this state directory. ` +
      'Start one, or name its workflow file, or its --state-dir',
  );
}

function tokenFile(stateDirectory: string): string {
  return path.join(stateDirectory, 'operator-token');
}

/** Null when there is none. */
async function readToken(file: string): Promise<string | null> {
  try {
    // A link could make anybody's file the token, and a pipe would never be read to its end.
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await handle.stat();
      if (!found.isFile() || found.size > MAX_FILE_BYTES)
        throw unusable(file, 'it is not the file that was made here');
      if ((found.mode & OF_OTHERS) !== 0) throw unusable(file, 'other users may read or change it');
      const token = (await handle.readFile('utf8')).trim();
      if (!TOKEN.test(token)) throw unusable(file, 'it holds something else');
      return token;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof SymphonyError) throw error;
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
    if (hasCode(error, 'ELOOP', 'ENXIO'))
      throw unusable(file, 'it is not the file that was made here', error);
    if (hasCode(error, 'EACCES', 'EPERM')) throw await forbidden(file, error);
    throw unusable(file, errorMessage(error), error);
  }
}

/** The place that keeps this user out is the nearest one that it can see at all. */
async function forbidden(file: string, cause: unknown): Promise<SymphonyError> {
  let place = file;
  let owner = await ownerOf(place);
  while (owner === null && path.dirname(place) !== place) {
    place = path.dirname(place);
    owner = await ownerOf(place);
  }
  const because =
    owner === null || owner === process.geteuid?.()
      ? `the permissions of ${place} forbid it`
      : `${place} belongs to another one (user id ${owner}). Run the command as that user, or set a token of your own ` +
        'in the workflow file (server.token: $NAME), which counts at the port';
  return new SymphonyError(
    'state_directory_unavailable',
    `the operator token ${file} may not be read by this user: ${because}`,
    { cause },
  );
}

/** Null for what this user cannot see. */
async function ownerOf(place: string): Promise<number | null> {
  try {
    return (await stat(place)).uid;
  } catch {
    return null;
  }
}

/** Under its name it is whole from the first moment, also after a crash. */
async function writeToken(
  file: string,
  token: string,
  place: (candidate: string, file: string) => Promise<void>,
): Promise<void> {
  const candidate = `${file}.${process.pid}`;
  try {
    await rm(candidate, { force: true });
    await writeFile(candidate, `${token}\n`, { flag: 'wx', mode: OWNER_ONLY, flush: true });
    await place(candidate, file);
  } catch (error) {
    throw unusable(file, errorMessage(error), error);
  } finally {
    await rm(candidate, { force: true });
  }
}

function unusable(file: string, why: string, cause?: unknown): SymphonyError {
  return new SymphonyError(
    'state_directory_unavailable',
    `the operator token ${file} cannot be used: ${why}. Remove it, and the next start of the daemon makes a new one ` +
      'that only its own user can read; the place must be able to keep permissions',
    { cause },
  );
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
