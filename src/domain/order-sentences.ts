import { SymphonyError } from './error.js';
import type { OrderOutcome } from './order.js';
import type { AnswerOutcome, Commands } from './snapshot.js';

/** What happens after an order. @throws SymphonyError `order_refused` or `issue_not_found` */
export function orderSentence(outcome: OrderOutcome, identifier: string | null): string {
  switch (outcome.kind) {
    case 'taken':
      return outcome.message;
    case 'refused':
      throw new SymphonyError('order_refused', outcome.message);
    case 'unknown':
      throw issueNotKnown(identifier ?? 'of that name');
  }
}

/** What happens after an answer. @throws SymphonyError `not_blocked`, `question_changed`, `order_refused` or `issue_not_found` */
export function answerSentence(outcome: AnswerOutcome, identifier: string): string {
  switch (outcome.kind) {
    case 'queued':
      return outcome.message;
    case 'notBlocked':
      throw new SymphonyError('not_blocked', outcome.message);
    case 'changed':
      throw new SymphonyError('question_changed', outcome.message);
    case 'unfit':
      throw new SymphonyError('order_refused', outcome.message);
    case 'unknown':
      throw issueNotKnown(identifier);
  }
}

/** What becomes of a poll that was asked for. @throws SymphonyError `order_refused` when there will be none */
export function refreshSentence(asked: { readonly queued: boolean; readonly coalesced: boolean }): string {
  if (!asked.queued) throw new SymphonyError('order_refused', 'The daemon is stopping.');
  return asked.coalesced ? 'The tracker is being asked already.' : 'The tracker is asked now.';
}

/** What was ordered, told once a daemon that is killed does not forget it any more. */
export async function onceCommitted(
  sentence: string,
  commands: Pick<Commands, 'committed'>,
): Promise<string> {
  const isCommitted = await commands.committed();
  return isCommitted
    ? sentence
    : `${sentence} The journal has not taken it yet: a daemon that is killed before it does forgets it.`;
}

function issueNotKnown(identifier: string): SymphonyError {
  return new SymphonyError(
    'issue_not_found',
    `No issue ${identifier} is known: nothing holds it, and the tracker did not list it in an active state.`,
  );
}
