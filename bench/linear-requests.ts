import { sleep } from './measured-daemon.js';
import { MeasuredLinear, perOperation } from './measured-linear.js';

const AGENTS = 5;
const WAITING = 20;
const POLL_MS = 5_000;
const COUNTED_MS = 120_000;
/** Longer than the bench. */
const WORK_MS = 600_000;

/** How many requests a minute a daemon makes of which nothing happens but that its agents work. */
export async function linearRequests(): Promise<string[]> {
  const linear = await MeasuredLinear.start(Array.from({ length: AGENTS + WAITING }, () => WORK_MS));
  try {
    linear.run({ slots: AGENTS, pollMs: POLL_MS });
    while (linear.journal().times('turn').length < AGENTS) await sleep(50);
    // From right after a poll: the count is then that of the intervals.
    const before = linear.requests().length;
    while (linear.requests().length === before) await sleep(5);
    const from = linear.requests().length;
    await sleep(COUNTED_MS);
    const counted = linear.requests().slice(from);
    const perMinute = (counted.length / COUNTED_MS) * 60_000;
    return [
      `${AGENTS} running agents and ${WAITING} issues that wait, poll ${POLL_MS / 1_000} s, for ${COUNTED_MS / 1_000} s: ` +
        `${perMinute.toFixed(1)} requests a minute (target 12): ${perOperation(counted)}`,
    ];
  } finally {
    await linear.stop();
  }
}
