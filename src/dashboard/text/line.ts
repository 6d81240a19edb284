import { cut, width } from './text.js';

/** What a piece of text means; the view chooses its colour. */
export type Tone =
  | 'plain'
  | 'title'
  /** Frames, labels and whatever else is read last. */
  | 'dim'
  | 'good'
  | 'busy'
  | 'warn'
  | 'bad'
  /** The row that keys are about. */
  | 'selected'
  /** A key to press. */
  | 'key';

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
  const line: Span[] = [];
  let left = columns;
  for (const { text, tone } of spans) {
    const fitted = cut(text, left);
    if (fitted !== '') line.push({ text: fitted, tone });
    left -= width(fitted);
    if (fitted !== text) break;
  }
  return line;
}

/** Pieces at the left and at the right end of a line, and a rule between them; the left gives way. */
export function spread(columns: number, left: readonly Span[], right: readonly Span[], rule = ' '): Line {
  const end = lineOf(columns, ...right);
  const start = lineOf(Math.max(columns - widthOf(end) - 1, 0), ...left);
  const gap = columns - widthOf(start) - widthOf(end);
  const blanks = end.length === 0 ? 1 : 2;
  // A rule of a single character looks like dirt.
  const isRuled = rule !== ' ' && gap > blanks + 1;
  const between = isRuled ? ` ${rule.repeat(gap - blanks)}${blanks === 2 ? ' ' : ''}` : ' '.repeat(gap);
  return [...start, span(between, 'dim'), ...end];
}

/** A rule over all of a line, as it closes a frame. */
export function ruleLine(columns: number, corner: string): Line {
  return [span(`${corner}${'─'.repeat(Math.max(columns - width(corner), 0))}`, 'dim')];
}

/** A line that all of a screen's width shows in one tone. */
export function highlighted(columns: number, line: Line): Line {
  const text = lineText(line);
  return [span(`${text}${' '.repeat(Math.max(columns - width(text), 0))}`, 'selected')];
}

/** How many columns a line takes. */
export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + width(text), 0);
}

/** A line as plain text. */
export function lineText(line: Line): string {
  return line.map(({ text }) => text).join('');
}
