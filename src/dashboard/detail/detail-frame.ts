import { bottomLines, type Hint, holdHints, ISSUE_HINTS } from '../frame/bottom.js';
import { type Frame, type FrameInput, toldForMs } from '../frame/frame-input.js';
import { shortened } from '../frame/top-line.js';
import { isWhole, type Stretch, stretch, withScrollBar } from '../frame/viewport.js';
import { listRows, selectedRow } from '../keys/list-rows.js';
import type { DetailUi } from '../keys/ui.js';
import { counted } from '../text/format.js';
import { type Line, lineOf, ruleLine, span, spread } from '../text/line.js';
import { detailTop } from './detail-top.js';
import { eventLines } from './event-lines.js';

/** Events keep this part of the screen, unless there are fewer of them or the rules are being read. */
const EVENTS_PART = 0.4;
const MIN_EVENT_LINES = 3;

/** One issue: what is known of it above, its events below, following their end unless scrolled away from it. */
export function detailFrame(input: FrameInput, ui: DetailUi): Frame {
  const { columns, rows, nowMs, snapshot, watched } = input;
  const row = selectedRow(listRows(snapshot), ui.cursor);
  const bottom = [ruleLine(columns, '╰'), ...bottomLines(input, hintsOf(input, row?.section ?? null))];
  const events = eventLines(watched?.events ?? [], columns - 2, nowMs);
  const least = ui.showsRules ? MIN_EVENT_LINES : Math.max(MIN_EVENT_LINES, Math.floor(rows * EVENTS_PART));
  const room = rows - bottom.length - 1;
  const top = shortened(
    detailTop({ watched, nowMs: toldForMs(input), columns, ui, row }),
    room - Math.min(Math.max(events.length, 1), least),
  ).slice(0, Math.max(room, 1));
  const height = Math.max(room - top.length, 0);
  const shown = stretch(ui.scroll === 'end' ? events.length : ui.scroll, height, events.length);
  const visible = events.slice(shown.top, shown.top + height);
  const none = [lineOf(columns, span('│   ', 'dim'), span('Nothing has happened yet', 'dim'))].slice(
    0,
    height,
  );
  const body = events.length === 0 ? none : withScrollBar(visible, shown, columns);
  const filling = Array.from({ length: Math.max(height - body.length, 0) }, (): Line => [span('│', 'dim')]);
  return {
    lines: [...top, eventsTitle(shown, ui, input), ...body, ...filling, ...bottom],
    page: height,
    scrollMax: Math.max(events.length - height, 0),
    takesKeys: true,
  };
}

function eventsTitle(shown: Stretch, ui: DetailUi, { columns, fault }: FrameInput): Line {
  const below = shown.total - shown.top - shown.height;
  const follows = fault === null ? span('live', 'good') : span('not live: out of touch', 'bad');
  const state =
    ui.scroll === 'end' || isWhole(shown) || below <= 0
      ? follows
      : span(`↓ ${counted(below, 'line')} below`, 'warn');
  return spread(columns, [span('├─ ', 'dim'), span('Events', 'title'), span('  UTC', 'dim')], [state], '─');
}

function hintsOf({ snapshot }: FrameInput, section: keyof typeof ISSUE_HINTS | null): readonly Hint[] {
  return [
    ['esc', 'back'],
    ...(section === null ? [] : ISSUE_HINTS[section]),
    ['w', 'why'],
    ['↑↓', 'scroll'],
    ['r', 'refresh'],
    ...holdHints(snapshot),
    ['/', 'go to'],
    ['?', 'help'],
  ];
}
