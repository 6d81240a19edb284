import { cut, width } from './text.js';

/** What a piece of text means; the view chooses its colour. */
export type Tone = 'plain' | 'title' | 'dim' | 'good' | 'busy' | 'warn' | 'bad';

/** A piece of a line in one tone. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** One line of the screen, no wider than the screen. */
export type Line = readonly Span[];

/** A piece of text in a tone. */
export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

/** The pieces as a line of at most so many columns, cut with an ellipsis. */
export function lineOf(columns: number, ...spans: readonly Span[]): Line {
  let left = columns;
  return spans.flatMap(({ text, tone }) => {
    const fitted = cut(text, left);
    left -= width(fitted);
    return fitted === '' ? [] : [{ text: fitted, tone }];
  });
}

/** A line as plain text. */
export function lineText(line: Line): string {
  return line.map(({ text }) => text).join('');
}
