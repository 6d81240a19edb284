import type { AnswerResponse, RefreshResponse } from '../api/schema.js';
import { SymphonyError } from '../domain/error.js';

/**
 * What becomes of a poll that was asked for.
 * @throws SymphonyError `order_refused` when there will be none
 */
export function refreshMessage({ queued, coalesced }: RefreshResponse): string {
  if (!queued) throw new SymphonyError('order_refused', 'The daemon is stopping.');
  return coalesced ? 'The tracker is being asked already.' : 'The tracker is asked now.';
}

/** What becomes of an answer. */
export function answerMessage({ issue_identifier }: AnswerResponse): string {
  return `${issue_identifier} is answered and goes on as soon as there is a slot.`;
}
