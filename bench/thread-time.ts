import { openSync, readSync } from 'node:fs';

const NOT_THERE = -1;
const text = Buffer.alloc(64);
let file: number | null = null;

/**
 * Processor time of this thread in milliseconds, which the other work of a machine does not add to; null where the system
 * does not tell (it is Linux that does).
 */
export function threadMs(): number | null {
  file ??= open();
  if (file === NOT_THERE) return null;
  const length = readSync(file, text, 0, text.length, 0);
  return Number(text.toString('latin1', 0, length).split(' ')[0]) / 1e6;
}

function open(): number {
  try {
    return openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return NOT_THERE;
  }
}
