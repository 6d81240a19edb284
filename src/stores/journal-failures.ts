import { errorMessage, SymphonyError } from '../domain/error.js';

/** What to do about a file that cannot be used, by the code of the system. */
const MENDS: Readonly<Record<string, string>> = {
  ENOSPC: 'Free space there',
  EDQUOT: 'Free space there, or raise the quota',
  EFBIG: 'Raise the limit of file sizes of this process',
  EROFS: 'Make its file system writable again',
  EACCES: 'Make it, and the directory it is in, readable and writable for this user',
  EPERM: 'Make it, and the directory it is in, readable and writable for this user',
  EISDIR: 'Move away what is there',
  // The same in Node's own words, where it is to be removed.
  ERR_FS_EISDIR: 'Move away what is there',
  // A link that leads nowhere.
  EEXIST: 'Move away what is there',
  ENOTDIR: 'Move away what is in the place of its directory',
  EIO: 'See the log of the system: the disk fails',
};

/** The journal of a daemon that starts cannot be used. */
export function unusableJournal(file: string, error: unknown): SymphonyError {
  return new SymphonyError(
    'store_failed',
    `the journal ${file} cannot be opened (${errorMessage(error)}). ${mendOf(error)}`,
    { cause: error },
  );
}

/** A later version has written the journal; this one must not lose what it does not understand. */
export function laterJournal(file: string, version: number): SymphonyError {
  return new SymphonyError(
    'store_failed',
    `the journal ${file} was written by a later version of symphony (its format is ${version}, this version knows 1). ` +
      'Run that version, or move the file away: then issues are taken as the tracker shows them',
  );
}

/** The commits that wait are given up, and so is everything after them. */
export function givenUpJournal(file: string, forMs: number, error: unknown): SymphonyError {
  const reason = error === null ? 'the system does not answer' : errorMessage(error);
  return new SymphonyError(
    'store_failed',
    `the journal ${file} could not be written for ${forMs / 1_000} s (${reason}). ${mendOf(error)}`,
    { cause: error },
  );
}

/** The daemon is at its end. */
export function closedJournal(file: string): SymphonyError {
  return new SymphonyError('store_failed', `the journal ${file} is closed: the daemon ends`);
}

/** For operators, once per outage. */
export function outageMessage(file: string, error: unknown, givesUpAfterMs: number): string {
  return (
    `the journal ${file} cannot be written (${errorMessage(error)}), so nothing new is begun. ${mendOf(error)}. ` +
    `It is tried again every second; after ${givesUpAfterMs / 1_000} s the daemon ends`
  );
}

/** For operators, when an outage is over. */
export function recoveredMessage(file: string): string {
  return `the journal ${file} is written again, and nothing of it was lost`;
}

/** For operators: it goes on, but the file is not what it should be. */
export function notRewrittenMessage(file: string, error: unknown): string {
  return (
    `the journal ${file} cannot be made anew (${errorMessage(error)}), so it grows, or may not outlive a power cut. ` +
    `${mendOf(error)}. It is tried again from time to time`
  );
}

/** For operators: what follows a line that cannot be read is not known to this daemon. */
export function unreadableMessage(file: string, keptAs: string, line: number, reason: string): string {
  return (
    `the journal ${file} cannot be read from line ${line} on (${reason}). What is before it counts; issues that changed ` +
    `after it are taken as the tracker shows them. The whole file is kept as ${keptAs}`
  );
}

function mendOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return MENDS[code] ?? 'See the state directory and the disk it is on';
}
