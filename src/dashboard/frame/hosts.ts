import type { HostRow } from '../../domain/snapshot.js';
import { secondsUntil, span as spanText } from '../text/format.js';
import { type Line, type Span, span, widthOf } from '../text/line.js';
import { plainLine } from '../text/text.js';

const MAX_LINES = 3;
const GAP = 3;
const MORE_COLUMNS = 11;

/** What runs on which host, several in a line; those that do not answer first. */
export function hostLines(hosts: readonly HostRow[], columns: number): Line[] {
  const inOrder = hosts.toSorted((a, b) => Number(a.down === null) - Number(b.down === null));
  const lines: Span[][] = [];
  let shown = 0;
  for (const host of inOrder) {
    const spans = hostSpans(host);
    const last = lines.at(-1);
    // The last line also says how many more there are.
    const room = lines.length === MAX_LINES ? columns - MORE_COLUMNS : columns;
    if (last !== undefined && widthOf(last) + GAP + widthOf(spans) <= room) {
      last.push(span(' '.repeat(GAP)), ...spans);
    } else if (lines.length < MAX_LINES) lines.push(spans);
    else break;
    shown += 1;
  }
  const rest = hosts.length - shown;
  return rest === 0
    ? lines
    : [...lines.slice(0, -1), [...(lines.at(-1) ?? []), span(` … ${rest} more`, 'dim')]];
}

/** A host that does not answer, in words. */
export function downText({ name, down }: HostRow, nowMs: number): string | null {
  if (down === null) return null;
  const since = spanText(nowMs - down.sinceMs);
  const next = spanText(secondsUntil(down.nextTryAtMs, nowMs) * 1_000);
  return `${plainLine(name)} is not used for ${since}, tried again in ${next}: ${plainLine(down.reason)}`;
}

function hostSpans({ name, running, capacity, down, isDraining }: HostRow): Span[] {
  const load = capacity === null ? `${running}` : `${running}/${capacity}`;
  const tone = down !== null ? 'bad' : running > 0 ? 'good' : 'plain';
  const note = down !== null ? ' down' : isDraining ? ' leaving' : '';
  return [span(`${plainLine(name)} `), span(load, tone), span(note, down === null ? 'dim' : 'bad')];
}
