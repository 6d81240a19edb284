import type { EventOf } from '../core/events.js';
import { judgeDispatchOrder, judgeIssueOrder } from '../core/orders.js';
import { judgeAnswer } from '../core/questions.js';
import type { State } from '../core/state.js';
import type { DispatchOrder, IssueOrder } from '../domain/order.js';
import type { Answer } from '../domain/session.js';
import { type LogLine, logLine } from './log-line.js';
import { issueFields } from './narrate-decision.js';

const ANSWER_WORDS: { readonly [kind in Answer['kind']]: string } = {
  approve: 'a person approved what it asks',
  decline: 'a person declined what it asks',
  text: 'a person answered its question',
};
const ORDER_WORDS: { readonly [order in IssueOrder | DispatchOrder]: string } = {
  stop: 'a person ordered it to stop',
  retry: 'a person ordered its next run',
  release: 'a person released it',
  pause: 'a person paused dispatch',
  resume: 'a person resumed dispatch',
  drain: 'a person ordered Symphony to drain',
};
const LET_GO = 'The issue is no longer held.';

/** Tells what a person ordered; what something overtook on its way was dropped by the core, and is told as that. */
export function orderLine(
  event: EventOf<'questionAnswered' | 'issueOrdered' | 'dispatchOrdered'>,
  before: State,
): LogLine {
  switch (event.type) {
    case 'questionAnswered':
      return answerLine(event, before);
    case 'issueOrdered': {
      const { issueId, order } = event;
      const fields = { ...issueFields(issueId, before), order };
      const judged = judgeIssueOrder(before, issueId, order);
      return judged.kind === 'taken'
        ? logLine('info', 'issue ordered', ORDER_WORDS[order], fields)
        : dropped('order', judged.kind === 'unknown' ? LET_GO : judged.message, fields);
    }
    case 'dispatchOrdered': {
      const { order } = event;
      const judged = judgeDispatchOrder(before, order);
      return judged.kind === 'taken'
        ? logLine('info', 'dispatch ordered', ORDER_WORDS[order], { order })
        : dropped('order', judged.kind === 'unknown' ? LET_GO : judged.message, { order });
    }
  }
}

function answerLine(event: EventOf<'questionAnswered'>, before: State): LogLine {
  const { issueId, answer } = event;
  const fields = { ...issueFields(issueId, before), answer: answer.kind };
  const judged = judgeAnswer(before, issueId, event);
  if (judged.kind === 'queued')
    return logLine('info', 'question answered', ANSWER_WORDS[answer.kind], fields);
  return dropped('answer', judged.kind === 'unknown' ? LET_GO : judged.message, fields);
}

function dropped(what: 'answer' | 'order', reason: string, fields: LogLine['fields']): LogLine {
  const sentence = `a person\u2019s ${what} came too late. ${reason}`;
  return logLine('info', `${what} dropped`, sentence, { ...fields, reason });
}
