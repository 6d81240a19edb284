import type { Clock } from '../ports/clock.js';

/** Node caps timers here and fires longer ones at once; a long wait is taken in steps. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clocks. Timers hold the process: the daemon lives as long as something is due. */
export const systemClock: Clock = {
  nowMs: () => Math.floor(performance.now()),
  wallMs: () => Date.now(),
  wakeAt(atMs, callback) {
    let timer: NodeJS.Timeout | undefined;
    const arm = (): void => {
      const waitMs = atMs - performance.now();
      // A timer may fire a fraction early; a caller told of a time must find that time reached.
      if (waitMs <= 0) callback();
      else timer = setTimeout(arm, Math.min(Math.ceil(waitMs), LONGEST_TIMER_MS));
    };
    timer = setTimeout(arm, Math.max(0, Math.min(Math.ceil(atMs - performance.now()), LONGEST_TIMER_MS)));
    return () => clearTimeout(timer);
  },
};
