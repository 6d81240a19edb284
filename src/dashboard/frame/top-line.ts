import { type Line, lineOf, type Span, span } from '../text/line.js';

/** A line and how soon it goes when the screen is low; 0 stays. */
export interface TopLine {
  readonly line: Line;
  readonly expendable: number;
  /** How it ends when the next line, in which it goes on, has gone. */
  readonly cut?: Line;
}

/** Pieces behind the left border of the frame. */
export function framed(columns: number, ...spans: readonly Span[]): Line {
  return lineOf(columns, span('│ ', 'dim'), ...spans);
}

/** Takes away the most expendable lines, the last ones first, until few enough are left, or only what must stay is. */
export function shortened(lines: readonly TopLine[], most: number): Line[] {
  const gone = lines
    .map((entry, index) => ({ entry, index }))
    .filter(({ entry }) => entry.expendable > 0)
    .sort((a, b) => b.entry.expendable - a.entry.expendable || b.index - a.index)
    .slice(0, Math.max(lines.length - most, 0))
    .map(({ entry }) => entry);
  const isGone = (entry: TopLine | undefined): boolean => entry !== undefined && gone.includes(entry);
  return lines.flatMap((entry, index) => {
    if (isGone(entry)) return [];
    return [isGone(lines[index + 1]) ? (entry.cut ?? entry.line) : entry.line];
  });
}
