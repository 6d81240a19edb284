import type { HistoryEvent } from '../../domain/history.js';
import { dayOf, timeOfDay } from '../text/format.js';
import { type Line, lineOf, span, type Tone } from '../text/line.js';
import { plainLine, wrap } from '../text/text.js';

const MARGIN = '│ ';
const INDENT_COLUMNS = 12;

/** Events in lines, the oldest first, each day announced by its date unless it is today. */
export function eventLines(events: readonly HistoryEvent[], columns: number, nowMs: number): Line[] {
  let day = dayOf(nowMs);
  return events.flatMap((event) => {
    const own = linesOf(event, columns);
    const itsDay = dayOf(event.atMs);
    if (itsDay === day) return own;
    day = itsDay;
    return [lineOf(columns, span(MARGIN, 'dim'), span(itsDay, 'dim')), ...own];
  });
}

/** An event never changes, and wrapping hundreds of them for every frame is most of the work. */
const drawn = new WeakMap<HistoryEvent, { readonly columns: number; readonly lines: readonly Line[] }>();

function linesOf(event: HistoryEvent, columns: number): readonly Line[] {
  const known = drawn.get(event);
  if (known?.columns === columns) return known.lines;
  const texts = wrap(plainLine(event.message), columns - INDENT_COLUMNS);
  const lines = texts.map((text, index) =>
    lineOf(
      columns,
      span(MARGIN, 'dim'),
      span(index === 0 ? `${timeOfDay(event.atMs)}  ` : ' '.repeat(INDENT_COLUMNS - MARGIN.length), 'dim'),
      span(text, TONES[event.level]),
    ),
  );
  drawn.set(event, { columns, lines });
  return lines;
}

const TONES: { readonly [level in HistoryEvent['level']]: Tone } = {
  debug: 'dim',
  info: 'plain',
  warn: 'warn',
  error: 'bad',
};
