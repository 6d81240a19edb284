import type { Question } from '../../domain/session.js';
import { plainLine } from '../text/text.js';
import { EMPTY } from './editor.js';
import type { AnswerOption, AnswerUi, DetailUi, ListUi, Target } from './ui.js';

const APPROVE: AnswerOption = { label: 'Approve', answer: { kind: 'approve' } };
const DECLINE: AnswerOption = { label: 'Decline', answer: { kind: 'decline' } };
const APPROVALS: ReadonlySet<Question['kind']> = new Set([
  'commandApproval',
  'fileChangeApproval',
  'permission',
]);
const YES_OR_NO: ReadonlySet<string> = new Set(['approve', 'accept', 'decline']);

/** Begins an answer; a question that can only be answered in words opens the editor at once. */
export function answering(target: Target, question: Question, back: ListUi | DetailUi): AnswerUi {
  const options = optionsOf(question);
  const editor = options.length === 1 ? EMPTY : null;
  return { kind: 'answer', target, question, options, chosen: 0, editor, scroll: 0, back };
}

/** What a question can be answered with; words are always possible. */
export function optionsOf({ kind, choices }: Question): readonly AnswerOption[] {
  const isYesOrNo = choices.length > 0 && choices.every((choice) => YES_OR_NO.has(choice.toLowerCase()));
  if (APPROVALS.has(kind) || isYesOrNo) {
    return [APPROVE, DECLINE, { label: 'Write something else …', answer: null }];
  }
  const chosen = choices.map(
    (choice): AnswerOption => ({ label: plainLine(choice), answer: { kind: 'text', text: choice } }),
  );
  const write: AnswerOption = { label: 'Write an answer …', answer: null };
  return [...chosen, write, ...(kind === 'elicitation' ? [DECLINE] : [])];
}

/** Whether it is still the same question, and not one that the agent asked since. */
export function isSameQuestion(a: Question, b: Question): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What kind of question it is, in words. */
export function askedFor(kind: Question['kind']): string {
  return ASKS[kind];
}

const ASKS: { readonly [kind in Question['kind']]: string } = {
  commandApproval: 'The agent wants to run a command',
  fileChangeApproval: 'The agent wants to change files',
  permission: 'The agent wants more permissions',
  userInput: 'The agent asks a question',
  elicitation: 'A tool of the agent asks',
};
