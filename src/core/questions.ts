import type { IssueId } from '../domain/issue.js';
import type { Answer, Question } from '../domain/session.js';
import type { AnswerOutcome } from '../domain/snapshot.js';
import { fillSlots } from './dispatch.js';
import type { Draft } from './draft.js';
import type { EventOf } from './events.js';
import { whenItGoesOn } from './goes-on.js';
import { makeDue } from './make-due.js';
import { askForSkippedCandidates } from './poll.js';
import type { State } from './state.js';

/** How a choice begins that an approval stands for. */
const APPROVING = /^\s*(?:approve|accept|allow|yes)/iu;

/**
 * What becomes of an answer to the question that reads `expected`, or to whatever is asked when nobody says which. Asked
 * both for the reply to whoever answers and when the answer is taken, so that neither lets it reach another question.
 *
 * The same words count as the same question, also when they are asked anew: that is what the person has read.
 */
export function judgeAnswer(
  state: State,
  issueId: IssueId,
  { answer, expected }: { readonly answer: Answer; readonly expected?: string },
): AnswerOutcome {
  const claim = state.claims.get(issueId);
  if (claim === undefined) return { kind: 'unknown' };
  const name = claim.issue.identifier;
  if (claim.kind !== 'blocked' || state.mode !== 'running')
    return { kind: 'notBlocked', message: `${name} asks nothing, or was answered already.` };
  const { question } = claim;
  if (expected !== undefined && expected !== question.text) {
    const message = `Nothing was answered: ${name} asks something else now: ${question.text}`;
    return { kind: 'changed', message };
  }
  if (!saysNothing(answer, question))
    return { kind: 'queued', message: `${name} is answered and goes on ${whenItGoesOn(state)}.` };
  const choices = question.choices.join(', ');
  return { kind: 'unfit', message: `${name} asks for a choice; answer in words, with one of: ${choices}` };
}

/** "Approved" says nothing to an agent that asked which of some things: it would have to ask again. */
function saysNothing(answer: Answer, { kind, choices }: Question): boolean {
  const wantsChoice = kind === 'userInput' && choices.length > 0;
  return answer.kind === 'approve' && wantsChoice && !choices.some((choice) => APPROVING.test(choice));
}

/**
 * A person answered: the issue goes on in its thread as soon as there is a slot, like a retry that is due. An answer that
 * no longer fits is dropped (C6).
 */
export function questionAnswered(draft: Draft, event: EventOf<'questionAnswered'>): void {
  const { issueId, answer } = event;
  const claim = draft.claim(issueId);
  if (claim?.kind !== 'blocked' || judgeAnswer(draft.state, issueId, event).kind !== 'queued') return;
  const { attempt, question, report } = claim;
  const thread = { threadId: report.threadId ?? '', answered: { question, answer } };
  makeDue(draft, claim, { attempt: attempt ?? 1, error: null, thread });
  fillSlots(draft);
  askForSkippedCandidates(draft);
}
