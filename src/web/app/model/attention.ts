import type { BlockedRow, ParkedRow, Problem, StateResponse } from '../daemon/wire.js';
import { clockTime, until } from './format.js';
import { plainBlock } from './text.js';
import type { Tone } from './tracker-health.js';
import { nobodyAnswers } from './workers.js';

/** Something about the whole daemon that a person should know. */
export interface Notice {
  readonly key: string;
  readonly tone: Tone;
  readonly title: string;
  readonly text: string;
}

/** All that wants a person, the most pressing first. */
export interface Attention {
  readonly notices: readonly Notice[];
  readonly blocked: readonly BlockedRow[];
  /** Those that a person set aside come first: nothing but a person takes them up again. */
  readonly parked: readonly ParkedRow[];
  /** How many issues wait for a person's answer, or have nobody but a person to take them up. */
  readonly waitingForPerson: number;
}

/** What of a state wants a person. */
export function attentionOf(state: StateResponse, nowMs: number): Attention {
  const byPerson = state.parked.filter(({ until: end }) => end === null);
  const byTime = state.parked.filter(({ until: end }) => end !== null);
  return {
    notices: noticesOf(state, nowMs),
    blocked: state.blocked,
    parked: [...byPerson, ...byTime],
    waitingForPerson: state.blocked.length + byPerson.length,
  };
}

function noticesOf(state: StateResponse, nowMs: number): readonly Notice[] {
  const { workflow_error, polling, account_limit } = state;
  const notices: Notice[] = [];
  if (workflow_error !== null)
    notices.push({
      key: 'workflow',
      tone: 'error',
      title: 'The workflow file cannot be used; nothing new starts',
      text: problemText(workflow_error, nowMs),
    });
  if (polling.error !== null)
    notices.push({
      key: 'tracker',
      tone: 'error',
      title: 'The tracker could not be read; nothing new starts until it answers',
      text: problemText(polling.error, nowMs),
    });
  const down = nobodyAnswers(state);
  if (down !== null)
    notices.push({
      key: 'workers',
      tone: 'error',
      title: 'No worker answers; nothing new starts until one does',
      text: `${plainBlock(down.reason)} (since ${clockTime(down.since, nowMs)} UTC)`,
    });
  if (account_limit !== null)
    notices.push({
      key: 'account',
      tone: 'warning',
      title: `The agent’s account is used up; work goes on ${until(account_limit.until, nowMs)}`,
      text: plainBlock(account_limit.reason),
    });
  return notices;
}

function problemText({ at, message }: Problem, nowMs: number): string {
  return `${plainBlock(message)} (since ${clockTime(at, nowMs)} UTC)`;
}

/** What to say of a daemon that lets nothing new begin; null while it does. */
export function holdNotice({ mode, hold, counts }: StateResponse, nowMs: number): Notice | null {
  if (mode === 'stopping')
    return {
      key: 'stopping',
      tone: 'warning',
      title: 'The daemon is stopping',
      text: 'Its runs are being ended; what it knows is kept for its next start.',
    };
  if (hold === null) return null;
  const since = `since ${clockTime(hold.since, nowMs)} UTC`;
  if (hold.kind === 'paused')
    return {
      key: 'paused',
      tone: 'warning',
      title: 'Dispatch is paused',
      text: `Nothing new starts, ${since}. What runs goes on.`,
    };
  return {
    key: 'draining',
    tone: 'warning',
    title: 'The daemon is draining',
    text: `Nothing new starts, ${since}. The daemon ends once its ${counts.running === 1 ? 'last run has' : `${counts.running} runs have`} ended.`,
  };
}
