import type { Event } from '../core/events.js';
import { SymphonyError } from '../domain/error.js';
import type { BoardRow } from '../domain/explanation.js';
import type { Snapshot } from '../domain/snapshot.js';
import { farewell, type Tally } from '../engine/tally.js';
import type { Secrets } from '../observe/redact.js';
import { plainLine } from '../trackers/plain-line.js';

/** Characters of one text from outside in a summary. */
const LONGEST_SHOWN = 300;

/** How a daemon came to its end. */
export type DaemonEnd =
  | { readonly kind: 'idle'; readonly summary: string; readonly failed: boolean }
  /** `farewell` tells in one line what was ended. */
  | { readonly kind: 'stopped'; readonly farewell: string }
  | { readonly kind: 'crashed'; readonly error: unknown };

/** What is known of a daemon that has nothing left to do. */
export interface IdleFacts {
  readonly tally: Tally;
  readonly snapshot: Snapshot;
  /** Whatever is still known when nothing can be done by itself waits for somebody else. */
  readonly left: readonly BoardRow[];
  /** What the tracker's adapter said of records that it could not read as they were written. */
  readonly reported: readonly string[];
  readonly logPath: string;
  readonly secrets: Secrets;
  readonly wallMs: number;
}

/** The end of a daemon that was to end once idle; it has failed where it leaves something to others, or work may be lost. */
export function idleEnd(facts: IdleFacts): DaemonEnd {
  const { tally, snapshot, left, reported, logPath, secrets, wallMs } = facts;
  const shown = (text: string): string => plainLine(secrets.redact(text), LONGEST_SHOWN);
  const summary = tally.summary({
    tokens: snapshot.totals.totalTokens,
    elapsedMs: wallMs - snapshot.startedAtMs,
    left: left.map(({ identifier, standing, reason }) => ({
      identifier,
      isBlocked: standing === 'blocked',
      reason: shown(reason),
    })),
    reported: reported.map(shown),
    logPath,
  });
  return { kind: 'idle', summary: secrets.redact(summary), failed: left.length > 0 || tally.hasFailedHooks };
}

/** The end of a daemon that is told to stop while so many runs are under way. */
export function stoppedEnd(runs: number, logPath: string): DaemonEnd {
  return { kind: 'stopped', farewell: farewell(runs, logPath) };
}

/** The end that an event brings, where nothing goes on without the journal; null for every other event. */
export function crashBy(event: Event): DaemonEnd | null {
  if (event.type !== 'storeFailed') return null;
  return { kind: 'crashed', error: new SymphonyError('store_failed', event.failure.message) };
}
