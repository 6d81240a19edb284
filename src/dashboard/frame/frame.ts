import { detailFrame } from '../detail/detail-frame.js';
import type { Ui } from '../keys/ui.js';
import { lineOf, span } from '../text/line.js';
import { answerFrame } from './answer-frame.js';
import type { Frame, FrameInput } from './frame-input.js';
import { helpFrame } from './help-frame.js';
import { listFrame } from './list-frame.js';

const MIN_COLUMNS = 60;
const MIN_ROWS = 10;

/** The whole screen as lines, never more or wider than it. */
export function frame(input: FrameInput): Frame {
  const { columns, rows } = input;
  if (columns < MIN_COLUMNS || rows < MIN_ROWS) return tooSmall(input);
  const { lines, ...facts } = shown(input, input.ui);
  return { ...facts, lines: lines.slice(0, rows) };
}

function shown(input: FrameInput, ui: Ui): Frame {
  switch (ui.kind) {
    case 'list':
      return listFrame(input, ui.cursor);
    case 'detail':
      return detailFrame(input, ui);
    case 'confirm':
    case 'goTo':
      return shown(input, ui.back);
    case 'answer':
      return answerFrame(input, ui);
    case 'help':
      return helpFrame(input, ui);
  }
}

function tooSmall({ columns, rows, snapshot: { running, blocked } }: FrameInput): Frame {
  const lines = [
    lineOf(columns, span(`Symphony needs ${MIN_COLUMNS}×${MIN_ROWS}, this is ${columns}×${rows}`, 'warn')),
    lineOf(columns, span(`${running.length} running, ${blocked.length} blocked`)),
  ];
  return { lines: lines.slice(0, rows), page: 1, scrollMax: 0, takesKeys: false };
}
