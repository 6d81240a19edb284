import { constants } from 'node:fs';
import { access, lstat, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorMessage, SymphonyError } from '../../domain/error.js';

/**
 * Fails where something is already, a dangling link too, or where nothing can be written, before anybody is asked anything.
 * @throws SymphonyError `usage_error`
 */
export async function refusePlace(path: string): Promise<void> {
  const there = await lstat(path).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return null;
    throw unwritable(path, error);
  });
  if (there !== null) throw exists(path, there.isDirectory());
  await access(dirname(path), constants.W_OK).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

/**
 * Writes a file that was not there. Whatever has come into its place meanwhile stays as it is, and no half of it is left
 * when it cannot be written.
 * @throws SymphonyError `usage_error`
 */
export async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx').catch((error: unknown) => {
    throw hasCode(error, 'EEXIST') ? exists(path, false) : unwritable(path, error);
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw unwritable(path, error);
  } finally {
    await file.close();
  }
}

function exists(path: string, isDirectory: boolean): SymphonyError {
  return new SymphonyError(
    'usage_error',
    isDirectory
      ? `${path} is a folder; give the path of the file to write, such as ${path}/WORKFLOW.md`
      : `${path} is there already and is left as it is; give another path, or move it away first`,
  );
}

function unwritable(path: string, cause: unknown): SymphonyError {
  const mend = hasCode(cause, 'ENOENT')
    ? `make the folder ${dirname(path)} first`
    : 'give a path where you may write';
  const what = `${path} cannot be written (${errorMessage(cause)}); ${mend}`;
  return new SymphonyError('usage_error', what, { cause });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
