import { width } from '../../dashboard/text/text.js';

/** What a column must still have to be gone on with in the next line; a narrower one begins anew. */
const NARROWEST = 20;

/**
 * A text in lines of at most so many columns, broken between words and nowhere else, so that addresses and commands can be
 * copied. A line goes on below its last column, as two blanks set it off. Null leaves the text as it is.
 */
export function brokenLines(text: string, columns: number | null): string {
  if (columns === null) return text;
  return text
    .split('\n')
    .map((line) => broken(line, columns))
    .join('\n');
}

function broken(line: string, columns: number): string {
  if (width(line) <= columns) return line;
  const [, before = '', words = ''] = /^(.* {2,}| *)(\S.*)$/.exec(line) ?? [];
  const hangsAt = width(before);
  const indent = ' '.repeat(columns - hangsAt < NARROWEST ? 2 : hangsAt);
  const lines: string[] = [];
  let last = before;
  for (const word of words.split(' ')) {
    const isFirst = last === before;
    const longer = isFirst ? `${last}${word}` : `${last} ${word}`;
    if (isFirst || width(longer.trimEnd()) <= columns) last = longer;
    else {
      lines.push(last);
      last = `${indent}${word}`;
    }
  }
  return [...lines, last].join('\n');
}
