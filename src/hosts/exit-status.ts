import { constants } from 'node:os';
import type { ProcessExit } from '../ports/host.js';

/** A shell gives this plus the number of the signal as the status of what a signal ended. */
const SIGNAL_STATUS = 128;

/** How a command ended, by the status of its shell. */
export function exitOf(status: number): ProcessExit {
  if (status <= SIGNAL_STATUS) return { code: status, signal: null };
  const ending = Object.entries(constants.signals).find(([, number]) => number === status - SIGNAL_STATUS);
  return ending === undefined ? { code: status, signal: null } : { code: null, signal: ending[0] };
}
