import type { Cursor } from '../keys/ui.js';
import { type Line, span } from '../text/line.js';
import { bottomLines, closingLine, listHints } from './bottom.js';
import { type Frame, type FrameInput, toldForMs } from './frame-input.js';
import { headerLines } from './header.js';
import { ListView } from './list-view.js';
import { problemLines } from './problems.js';

/** As long as the list does not have this part of the screen, the header gives way. */
const LIST_PART = 0.55;

/** The header, the list of all issues, the last problems and what the keys do. */
export function listFrame(input: FrameInput, cursor: Cursor | null): Frame {
  const { snapshot, rows, columns, nowMs, mode } = input;
  const hints = listHints(snapshot, cursor, mode === 'attached' ? 'leave' : 'quit');
  const bottom = [closingLine(input, cursor), ...bottomLines(input, hints)];
  const list = new ListView({ snapshot, cursor, nowMs: toldForMs(input), columns });
  const problems = problemLines({ problems: snapshot.problems, nowMs, columns }, problemRoom(rows));
  const below = [...problems, ...bottom].slice(-rows);
  const wanted = Math.min(list.total, Math.ceil(rows * LIST_PART));
  const header = headerLines(input, rows - below.length - wanted).slice(
    0,
    Math.max(rows - below.length - 1, 0),
  );
  const room = Math.max(rows - header.length - below.length, 0);
  const body = list.lines(room);
  const filling = Array.from({ length: room - body.length }, (): Line => [span('│', 'dim')]);
  return {
    lines: [...header, ...body, ...filling, ...below],
    page: room,
    away: (place, lines) => list.away(place, lines),
    scrollMax: 0,
    takesKeys: true,
  };
}

/** How many lines problems may take on a screen of this height. */
function problemRoom(rows: number): number {
  if (rows < 12) return 0;
  if (rows < 24) return 1;
  if (rows < 36) return 3;
  return rows < 60 ? 4 : 6;
}
