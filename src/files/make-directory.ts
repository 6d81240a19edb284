import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a directory and its parents; fine when it is there.
 *
 * Node's own `mkdir` with `recursive` never returns where a parent exists but takes no entries, as below /proc: it makes
 * the parent, is told that it exists, tries again, and so on at full speed (Node 20.20; the synchronous one holds the
 * whole process). Here each directory is tried once.
 */
export async function makeDirectory(directory: string): Promise<void> {
  const missing: string[] = [];
  for (let at = path.resolve(directory); !(await isThere(stat(at))); at = path.dirname(at)) missing.push(at);
  for (const at of missing.reverse()) await unlessThere(() => mkdir(at));
}

/** The same at once, for a log that must be written before anything else happens. */
export function makeDirectorySync(directory: string): void {
  const missing: string[] = [];
  for (let at = path.resolve(directory); !isThereSync(at); at = path.dirname(at)) missing.push(at);
  for (const at of missing.reverse()) {
    try {
      mkdirSync(at);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
  }
}

async function isThere(reading: Promise<unknown>): Promise<boolean> {
  try {
    await reading;
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function isThereSync(at: string): boolean {
  return statSync(at, { throwIfNoEntry: false }) !== undefined;
}

async function unlessThere(making: () => Promise<unknown>): Promise<void> {
  try {
    await making();
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
