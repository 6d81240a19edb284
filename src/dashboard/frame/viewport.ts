import { type Line, lineOf, span, widthOf } from '../text/line.js';

/** A stretch of something longer than the screen. */
export interface Stretch {
  readonly top: number;
  readonly height: number;
  readonly total: number;
}

/** The stretch in whose middle a line is, as far as there is something above and below it. */
export function around(line: number, height: number, total: number): Stretch {
  return stretch(line - Math.floor(height / 2), height, total);
}

/** The stretch that begins at a line, or the last one. */
export function stretch(top: number, height: number, total: number): Stretch {
  return { top: Math.min(Math.max(top, 0), Math.max(total - height, 0)), height, total };
}

/** Whether all of it is on the screen. */
export function isWhole({ height, total }: Stretch): boolean {
  return total <= height;
}

/** Lines with a scroll bar at their right end; when all is shown there is none. The lines leave its column free. */
export function withScrollBar(lines: readonly Line[], shown: Stretch, columns: number): Line[] {
  if (isWhole(shown)) return [...lines];
  const { top, height, total } = shown;
  const length = Math.max(Math.round((height * height) / total), 1);
  const room = Math.max(total - height, 1);
  const from = Math.round((top / room) * (height - length));
  return lines.map((line, index) => {
    const isThumb = index >= from && index < from + length;
    const gap = ' '.repeat(Math.max(columns - 1 - widthOf(line), 0));
    return [...lineOf(columns - 1, ...line), span(gap), span(isThumb ? '┃' : '│', isThumb ? 'plain' : 'dim')];
  });
}
