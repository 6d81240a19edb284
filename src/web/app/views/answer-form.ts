import type { BlockedRow } from '../daemon/wire.js';
import { h } from '../dom/element.js';
import { type AnswerBody, answersTo, askedFor } from '../model/question.js';
import { plainBlock, plainLine } from '../model/text.js';
import { actionButton, perform } from './action-button.js';
import type { Surroundings } from './view.js';

const MAX_ANSWER_LENGTH = 10_000;

/** What a question is answered with; it belongs to exactly this question, and another one gets a form of its own. */
export interface AnswerFormOptions {
  readonly identifier: string;
  readonly question: BlockedRow['question'];
  readonly surroundings: Pick<Surroundings, 'orders' | 'messages'>;
  readonly onAnswered: () => void;
  /** Offers to answer in words although the question is one for a yes or a no. */
  readonly offersWords: boolean;
}

/** Makes the question with everything that a person can answer to it. */
export function answerForm(options: AnswerFormOptions): HTMLElement {
  const { identifier, question, surroundings, onAnswered, offersWords } = options;
  const { messages } = surroundings;
  const send = (body: AnswerBody) => () => surroundings.orders.answer(identifier, body, question.text);
  const { buttons, takesWords } = answersTo(question);
  const choices = buttons.map(({ label, body, affirms }) =>
    actionButton({
      label: plainLine(label),
      ...(affirms ? { kind: 'primary' } : {}),
      description: `answer ${identifier}`,
      run: send(body),
      messages,
      onDone: onAnswered,
    }),
  );
  const words = takesWords || offersWords ? wordsForm(options, send) : null;
  return h(
    'div',
    { class: 'asking' },
    h('p', { class: 'asked' }, askedFor(question.kind)),
    h('p', { class: 'question', dir: 'auto' }, plainBlock(question.text)),
    choices.length === 0 ? null : h('div', { class: 'buttons' }, ...choices),
    words === null || takesWords
      ? words
      : h('details', { class: 'words' }, h('summary', {}, 'Answer in words instead'), words),
  );
}

function wordsForm(
  { identifier, surroundings: { messages }, onAnswered }: AnswerFormOptions,
  send: (body: AnswerBody) => () => Promise<string | null>,
): HTMLFormElement {
  const field = h('textarea', { rows: 2, required: true, maxlength: MAX_ANSWER_LENGTH, dir: 'auto' });
  const button = h('button', { type: 'submit', class: 'primary' }, 'Send answer');
  const form = h(
    'form',
    { class: 'words' },
    h('label', {}, h('span', {}, `Answer to ${plainLine(identifier, 80)}`), field),
    h('div', { class: 'buttons' }, button),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    field.setCustomValidity(field.value.trim() === '' ? 'Write an answer first.' : '');
    if (!form.reportValidity()) return;
    void perform(button, { run: send({ text: field.value }), messages, onDone: onAnswered });
  });
  field.addEventListener('input', () => field.setCustomValidity(''));
  return form;
}
