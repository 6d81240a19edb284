import { askedFor } from '../keys/answers.js';
import type { Editor } from '../keys/editor.js';
import { blockedRow } from '../keys/list-rows.js';
import { isStillAsked } from '../keys/reduce-answer.js';
import type { AnswerUi } from '../keys/ui.js';
import { span as spanText } from '../text/format.js';
import { type Line, lineOf, ruleLine, span, spread } from '../text/line.js';
import { plainLine, wrap } from '../text/text.js';
import { bottomLines, type Hint } from './bottom.js';
import { editorLines } from './editor-lines.js';
import { type Frame, type FrameInput, toldForMs } from './frame-input.js';
import { framed } from './top-line.js';
import { around, isWhole, stretch, withScrollBar } from './viewport.js';

/** Choices and written words take at most this part of the screen; the question is what must be read. */
const ANSWER_PART = 0.5;
const MIN_QUESTION_LINES = 2;

/** A question in full, and what it can be answered with. */
export function answerFrame(input: FrameInput, ui: AnswerUi): Frame {
  const { columns, rows, snapshot } = input;
  const answer = answerLines(ui, columns, Math.max(Math.floor(rows * ANSWER_PART) - 3, 1));
  const head = [
    titleLine(input, ui),
    framed(columns, span(askedFor(ui.question.kind), 'title')),
    ...(isStillAsked(ui, snapshot) ? [] : [framed(columns, span(GONE, 'bad'))]),
  ];
  const text = wrap(plainLine(ui.question.text), columns - 6);
  const title = spread(columns, [span('├─ ', 'dim'), span('Your answer', 'title')], [], '─');
  const rest = head.length + 1 + answer.length + 1;
  const most = Math.max(rows - rest - bottomLines(input, hintsOf(ui, false)).length, MIN_QUESTION_LINES);
  const shown = stretch(ui.scroll, Math.min(text.length, most), text.length);
  const question = text
    .slice(shown.top, shown.top + shown.height)
    .map((each) => framed(columns, span('  '), span(each, 'warn')));
  const filling = Array.from({ length: most - question.length }, () => framed(columns));
  const bottom = bottomLines(input, hintsOf(ui, !isWhole(shown)));
  return {
    lines: [
      ...head,
      ...withScrollBar(question, shown, columns),
      title,
      ...answer,
      ...filling,
      ruleLine(columns, '╰'),
      ...bottom,
    ],
    page: shown.height,
    scrollMax: Math.max(text.length - shown.height, 0),
    takesKeys: true,
  };
}

const GONE = '! It does not ask this any more; whatever is answered now is not sent.';

function titleLine(input: FrameInput, { target }: AnswerUi): Line {
  const { snapshot, columns } = input;
  const row = blockedRow(snapshot, target);
  const left = [
    span('╭─ ', 'dim'),
    span(plainLine(target.identifier), 'title'),
    span(row === null ? '' : `  ${plainLine(row.title)}`),
  ];
  const right =
    row === null ? [] : [span(`asked ${spanText(toldForMs(input) - row.blockedAtMs)} ago`, 'dim')];
  return spread(columns, left, right, '─');
}

function answerLines(ui: AnswerUi, columns: number, most: number): Line[] {
  return ui.editor === null ? optionLines(ui, columns, most) : writtenLines(ui.editor, columns, most);
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

function writtenLines(editor: Editor, columns: number, most: number): Line[] {
  const { lines, cursorLine } = editorLines(editor, columns - 6);
  const shown = around(cursorLine, most, lines.length);
  const visible = lines
    .slice(shown.top, shown.top + most)
    .map((line) => lineOf(columns, span('│   ', 'dim'), ...line));
  return withScrollBar(visible, shown, columns);
}

function hintsOf(ui: AnswerUi, scrolls: boolean): readonly Hint[] {
  const scroll: readonly Hint[] = scrolls ? [['pgup/pgdn', 'scroll the question']] : [];
  return ui.editor === null
    ? [['↑↓', 'choose'], ['enter', 'send'], ['esc', 'back'], ...scroll]
    : [['enter', 'send'], ['esc', 'back'], ...scroll];
}
