import type { StateResponse } from '../daemon/wire.js';
import { ago, grouped, span, until } from './format.js';

/** How loudly something is shown. */
export type Tone = 'good' | 'quiet' | 'warning' | 'error';

/** How the tracker is doing, in words. */
export interface TrackerHealth {
  readonly tone: Tone;
  readonly word: string;
  /** The last answer, the next poll, what is left of the allowance. */
  readonly details: readonly string[];
}

/** Reads the health of the tracker from a state. */
export function trackerHealth({ polling, generated_at }: StateResponse, nowMs: number): TrackerHealth {
  const { error, paused_until, checking, requests } = polling;
  const isSlowed = polling.poll_interval_ms > polling.configured_interval_ms;
  const details = [
    polling.last_success_at === null
      ? 'has not answered yet'
      : `answered ${ago(polling.last_success_at, nowMs)}`,
    paused_until === null
      ? nextPoll(polling, generated_at, nowMs)
      : `asked again ${until(paused_until, nowMs)}`,
    isSlowed ? `every ${span(polling.poll_interval_ms)}, to spare its allowance` : null,
    requests === null ? null : `${grouped(requests.remaining)} of ${grouped(requests.limit)} requests left`,
  ].filter((detail) => detail !== null);
  if (error !== null) return { tone: 'error', word: 'Failing', details };
  if (paused_until !== null) return { tone: 'warning', word: 'Throttled', details };
  if (checking) return { tone: 'good', word: 'Checking', details };
  return { tone: polling.last_success_at === null ? 'quiet' : 'good', word: 'Answering', details };
}

function nextPoll(
  { checking, next_poll_in_ms }: StateResponse['polling'],
  generatedAt: string,
  nowMs: number,
): string | null {
  if (checking) return 'being asked now';
  if (next_poll_in_ms === null) return 'no poll is planned';
  const dueAt = new Date(Date.parse(generatedAt) + next_poll_in_ms).toISOString();
  return `next poll ${until(dueAt, nowMs)}`;
}
