import { readdir, rmdir, stat } from 'node:fs/promises';

const SUFFIX = '.jsonl';

/** What the file of a session is called. */
export function transcriptName(beganAtMs: number, runId: number): string {
  return `${new Date(beganAtMs).toISOString().replaceAll(':', '')}-run-${runId}${SUFFIX}`;
}

/** The name of a file as a person is told it. */
export function labelOf(name: string): string {
  return name.slice(0, -SUFFIX.length);
}

/** The transcripts in a directory, the oldest first. */
export async function transcriptNames(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith(SUFFIX)).sort();
  } catch (error) {
    // A file beside the directories is nobody's transcript.
    if (hasCode(error, 'ENOTDIR')) return [];
    throw error;
  }
}

export async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** A directory in which something else was put, or a transcript is just begun, stays. */
export async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw error;
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
