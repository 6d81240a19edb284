import type { Question } from '../../domain/session.js';
import { type Line, lineOf, type Span, span, widthOf } from '../text/line.js';
import { plainLine, wrapAtMost } from '../text/text.js';

/** What is longer is read when the issue is open. */
const MAX_LINES = 3;
const GAP = 2;

/** A question and its choices in a few lines of so many columns: what a person has to decide is not cut for a table. */
export function questionLines({ text, choices }: Question, columns: number): Line[] {
  const texts = wrapAtMost(plainLine(text), columns, MAX_LINES);
  const lines: Line[] = texts.map((each) => [span(each, 'warn')]);
  const last = lines.at(-1) ?? [];
  const offered = offeredSpans(choices);
  if (offered.length === 0) return lines;
  return widthOf(last) + GAP + widthOf(offered) <= columns
    ? [...lines.slice(0, -1), [...last, span(' '.repeat(GAP)), ...offered]]
    : [...lines, lineOf(columns, ...offered)];
}

function offeredSpans(choices: readonly string[]): Span[] {
  return choices.length === 0 ? [] : [span(choices.map(plainLine).join(' / '), 'dim')];
}
