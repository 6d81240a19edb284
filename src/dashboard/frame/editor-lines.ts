import type { Editor } from '../keys/editor.js';
import { type Line, type Span, span } from '../text/line.js';
import { harmless, width } from '../text/text.js';

/** What is being written, in lines of so many columns, with a cursor that needs no styles, and the line that it is in. */
export function editorLines(
  { before, after }: Editor,
  columns: number,
): { readonly lines: readonly Line[]; readonly cursorLine: number } {
  const cursor = span('▏', 'key');
  const spans = [...spansOf(before), cursor, ...spansOf(after)];
  const lines: Span[][] = [[]];
  let used = 0;
  for (const each of spans) {
    const needs = width(each.text);
    if (used + needs > columns) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push(each);
    used += needs;
  }
  return { lines, cursorLine: lines.findIndex((line) => line.includes(cursor)) };
}

function spansOf(text: string): Span[] {
  return Array.from(harmless(text), (character) => span(character));
}
