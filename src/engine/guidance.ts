import type { AnsweredQuestion } from '../domain/session.js';

/** What a live thread is told to go on; the task itself stands in its history already (SPEC 7.1). */
export function continuationPrompt(turn: number, maxTurns: number): string {
  return [
    `The last turn ended, but the issue is still in an active state. This is turn ${turn} of at most ${maxTurns}.`,
    'Continue from where the workspace and your notes stand; do not start over and do not repeat the task description.',
    'End the turn only when the work is finished and the issue is moved on, or when you truly cannot go on.',
  ].join('\n');
}

/** What a thread is told that goes on in a new process after its run was interrupted, or after a person answered. */
export function resumptionPrompt(answered: AnsweredQuestion | null): string {
  const begin =
    answered === null
      ? 'Your last turn was interrupted before it had ended. Look at the workspace first: what you began may be half done.'
      : answerText(answered);
  return [
    begin,
    'Continue from where the workspace and your notes stand; do not start over and do not repeat the task description.',
  ].join('\n');
}

/** The whole task for an agent that does not know it, with what a person has decided meanwhile. */
export function taskPrompt(task: string, answered: AnsweredQuestion | null): string {
  return answered === null ? task : `${task}\n\n${answerText(answered)}`;
}

function answerText({ question, answer }: AnsweredQuestion): string {
  const asked = `You asked: ${question.text}`;
  switch (answer.kind) {
    case 'approve':
      return `${asked}\nA person approved exactly this, once. Do it again as you asked for it; anything else will be asked anew.`;
    case 'decline':
      return `${asked}\nA person declined. Do not do it; find another way, or end the turn and say why there is none.`;
    case 'text':
      return `${asked}\nA person answers: ${answer.text}`;
  }
}
