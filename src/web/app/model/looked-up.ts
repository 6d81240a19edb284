import type { ExplainResponse } from '../daemon/wire.js';
import { plainLine } from './text.js';

/** What came of asking the tracker about an issue. */
export type LookedUp =
  | { readonly kind: 'found'; readonly explanation: ExplainResponse }
  /** It is really called so. */
  | { readonly kind: 'respelled'; readonly identifier: string }
  | { readonly kind: 'unknown' }
  /** The tracker failed, or (postponed) is to be left alone for a while. */
  | {
      readonly kind: 'failed' | 'postponed';
      readonly message: string;
      readonly retryAfterMs: number | null;
    };

/** The daemon gives the same answer for so long. */
const ANSWER_MS = 30_000;
const FAILURE_MS = 15_000;

/** How long to wait before the same is asked again. */
export function lookUpWaitMs(looked: LookedUp): number {
  switch (looked.kind) {
    case 'failed':
    case 'postponed':
      return Math.max(looked.retryAfterMs ?? 0, FAILURE_MS);
    default:
      return ANSWER_MS;
  }
}

/** What to say about an issue that the daemon does nothing for; `looked` is null until the tracker has answered. */
export function lookUpText(looked: LookedUp | null): string {
  switch (looked?.kind) {
    case undefined:
    case 'respelled':
      return 'The daemon does not know this issue; the tracker is being asked.';
    case 'found':
      return 'The daemon does nothing for this issue, and the last poll did not list it. This is what the tracker says.';
    case 'unknown':
      return 'There is no such issue: neither the daemon nor the tracker knows one of this name.';
    case 'postponed':
      return `The daemon does not know this issue, and the tracker is asked about it later: ${sentence(looked.message)}`;
    case 'failed':
      return `The daemon does not know this issue, and the tracker does not tell: ${sentence(looked.message)} It is asked again.`;
  }
}

function sentence(text: string): string {
  const line = plainLine(text, 1_200);
  return /[.!?…]$/u.test(line) ? line : `${line}.`;
}
