import { askedFor } from '../keys/answers.js';
import type { Editor } from '../keys/editor.js';
import { blockedRow } from '../keys/list-rows.js';
import { isStillAsked } from '../keys/reduce-answer.js';
import type { AnswerUi } from '../keys/ui.js';
import { span as spanText } from '../text/format.js';
import { type Line, lineOf, span, spread } from '../text/line.js';
import { harmless, plainLine, width, wrap } from '../text/text.js';
import { bottomLines, type Hint } from './bottom.js';
import type { Frame, FrameInput } from './frame-input.js';
import { around, isWhole, stretch, withScrollBar } from './viewport.js';

/** Choices and written words take at most this part of the screen; the question is what must be read. */
const ANSWER_PART = 0.5;

/** A question in full, and what it can be answered with. */
export function answerFrame(input: FrameInput, ui: AnswerUi): Frame {
  const { columns, rows } = input;
  const answer = answerLines(ui, columns, Math.max(Math.floor(rows * ANSWER_PART) - 3, 2));
  const isAsked = isStillAsked(ui, input.snapshot);
  const gone = '! It does not ask this any more; whatever is answered now is not sent.';
  const head = [
    titleLine(input, ui),
    ...(isAsked ? [] : [lineOf(columns, span('│ ', 'dim'), span(gone, 'bad'))]),
  ];
  const text = wrap(plainLine(ui.question.text), columns - 6);
  const title = spread(columns, [span('├─ ', 'dim'), span('Your answer', 'title')], [], '─');
  const closing = spread(columns, [span('╰─', 'dim')], [], '─');
  const bottomOf = (scrolls: boolean): Line[] => [closing, ...bottomLines(input, hintsOf(ui, scrolls))];
  const height = Math.max(rows - head.length - answer.length - 1 - bottomOf(false).length, 1);
  const shown = stretch(ui.scroll, height, text.length);
  const question = text
    .slice(shown.top, shown.top + height)
    .map((each) => lineOf(columns, span('│   ', 'dim'), span(each, 'warn')));
  const filling = Array.from({ length: height - question.length }, (): Line => [span('│', 'dim')]);
  return {
    lines: [
      ...head,
      ...withScrollBar(question, shown, columns),
      ...filling,
      title,
      ...answer,
      ...bottomOf(!isWhole(shown)),
    ],
    page: height,
    scrollMax: Math.max(text.length - height, 0),
    takesKeys: true,
  };
}

function titleLine({ snapshot, columns, nowMs }: FrameInput, { target, question }: AnswerUi): Line {
  const row = blockedRow(snapshot, target);
  const right = row === null ? [] : [span(`${spanText(nowMs - row.blockedAtMs)} ago`, 'dim')];
  const left = [
    span('╭─ ', 'dim'),
    span(plainLine(target.identifier), 'title'),
    span(`  ${askedFor(question.kind)}`, 'warn'),
  ];
  return spread(columns, left, right, '─');
}

function answerLines(ui: AnswerUi, columns: number, most: number): Line[] {
  return ui.editor === null ? optionLines(ui, columns, most) : editorLines(ui.editor, columns, most);
}

function optionLines({ options, chosen }: AnswerUi, columns: number, most: number): Line[] {
  const lines = options.flatMap(({ label }, index) => {
    const isChosen = index === chosen;
    return wrap(label, columns - 10).map((text, part) => {
      const lead = part === 0 ? `${isChosen ? '❯' : ' '} ${index + 1} ` : '    ';
      const line = lineOf(
        columns - 2,
        span('│ ', 'dim'),
        span(lead, isChosen ? 'key' : 'dim'),
        span(text, isChosen ? 'title' : 'plain'),
      );
      return { line, index };
    });
  });
  const first = lines.findIndex(({ index }) => index === chosen);
  const shown = around(Math.max(first, 0), most, lines.length);
  const visible = lines.slice(shown.top, shown.top + most).map(({ line }) => line);
  return withScrollBar(visible, shown, columns);
}

/** What is being written, broken at the right end, with the cursor on its character. */
function editorLines({ before, after }: Editor, columns: number, most: number): Line[] {
  const room = columns - 6;
  const characters = [...harmless(before)].map((text) => ({ text, isCursor: false }));
  const [under = ' ', ...rest] = harmless(after);
  characters.push({ text: under, isCursor: true }, ...rest.map((text) => ({ text, isCursor: false })));
  const lines: (typeof characters)[] = [[]];
  let used = 0;
  for (const character of characters) {
    const needs = width(character.text);
    if (used + needs > room) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push(character);
    used += needs;
  }
  const at = lines.findIndex((line) => line.some(({ isCursor }) => isCursor));
  const shown = around(at, most, lines.length);
  const visible = lines
    .slice(shown.top, shown.top + most)
    .map((line) =>
      lineOf(
        columns,
        span('│   ', 'dim'),
        ...line.map(({ text, isCursor }) => span(text, isCursor ? 'selected' : 'plain')),
      ),
    );
  return withScrollBar(visible, shown, columns);
}

function hintsOf(ui: AnswerUi, scrolls: boolean): readonly Hint[] {
  const scroll: readonly Hint[] = scrolls ? [['pgup/pgdn', 'scroll the question']] : [];
  return ui.editor === null
    ? [['↑↓', 'choose'], ['enter', 'send'], ['esc', 'back'], ...scroll]
    : [['enter', 'send'], ['esc', 'back'], ...scroll];
}
