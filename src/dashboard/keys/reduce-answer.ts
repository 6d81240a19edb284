import type { Answer } from '../../domain/session.js';
import type { Snapshot } from '../../domain/snapshot.js';
import { grouped } from '../text/format.js';
import { isSameQuestion } from './answers.js';
import { EMPTY, edited, MAX_LENGTH, overflows, writtenText } from './editor.js';
import { type Key, nameOf } from './key.js';
import { blockedRow } from './list-rows.js';
import { order, type Scene, type Step, say, show } from './step.js';
import type { AnswerUi } from './ui.js';

const TOO_LONG = `An answer has at most ${grouped(MAX_LENGTH)} characters; the rest was left out.`;

/** What a key does while a question is answered. */
export function reduceAnswer(ui: AnswerUi, key: Key, scene: Scene): Step {
  if (key.kind === 'pageUp' || key.kind === 'pageDown') {
    const by = Math.max(scene.page - 1, 1) * (key.kind === 'pageUp' ? -1 : 1);
    return show({ ...ui, scroll: Math.min(Math.max(ui.scroll + by, 0), scene.scrollMax) });
  }
  return ui.editor === null ? reduceChoice(ui, key, scene) : reduceWriting(ui, ui.editor, key, scene);
}

/** Whether the agent still asks what is about to be answered. */
export function isStillAsked(ui: AnswerUi, snapshot: Snapshot): boolean {
  const row = blockedRow(snapshot, ui.target);
  return row !== null && isSameQuestion(row.question, ui.question);
}

function reduceChoice(ui: AnswerUi, key: Key, scene: Scene): Step {
  const name = nameOf(key);
  const last = ui.options.length - 1;
  switch (name) {
    case 'escape':
    case 'q':
      return show(ui.back);
    case 'up':
    case 'k':
      return show({ ...ui, chosen: Math.max(ui.chosen - 1, 0) });
    case 'down':
    case 'j':
    case 'tab':
      return show({ ...ui, chosen: Math.min(ui.chosen + 1, last) });
    case 'home':
      return show({ ...ui, chosen: 0 });
    case 'end':
      return show({ ...ui, chosen: last });
    case 'enter': {
      const answer = ui.options[ui.chosen]?.answer;
      if (answer === undefined) return show(ui);
      return answer === null ? show({ ...ui, editor: EMPTY }) : send(ui, answer, scene);
    }
    default: {
      const number = /^[1-9]$/u.test(name) ? Number(name) : 0;
      return show(number >= 1 && number <= ui.options.length ? { ...ui, chosen: number - 1 } : ui);
    }
  }
}

function reduceWriting(ui: AnswerUi, editor: NonNullable<AnswerUi['editor']>, key: Key, scene: Scene): Step {
  if (key.kind === 'escape') {
    // Where words are the only answer there is nothing to choose instead.
    return show(ui.options.length === 1 ? ui.back : { ...ui, editor: null });
  }
  if (key.kind !== 'enter') {
    const written = { ...ui, editor: edited(editor, key) };
    return overflows(editor, key) ? say(written, TOO_LONG) : show(written);
  }
  const text = writtenText(editor);
  return text === '' ? show(ui) : send(ui, { kind: 'text', text }, scene);
}

function send(ui: AnswerUi, answer: Answer, { snapshot }: Scene): Step {
  const { back, target, question } = ui;
  return isStillAsked(ui, snapshot)
    ? order(back, { kind: 'answer', target, answer, question: question.text })
    : say(back, `${target.identifier} does not ask that any more; nothing was sent.`);
}
