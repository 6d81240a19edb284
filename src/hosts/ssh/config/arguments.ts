const BLANK = /[ \t]/;
const QUOTE = /["']/;

/**
 * The arguments after a keyword, as OpenSSH takes them apart: quotes of both kinds, `\"`, `\'`, `\\` and, outside of
 * quotes, `\ `; an argument that begins with `#` is a comment. Null when a quote is not closed.
 */
export function splitArguments(text: string): readonly string[] | null {
  const found: string[] = [];
  let at = 0;
  for (;;) {
    while (BLANK.test(text.charAt(at))) at++;
    if (at >= text.length || text.charAt(at) === '#') return found;
    const word = wordAt(text, at);
    if (word === null) return null;
    found.push(word.text);
    at = word.end;
  }
}

function wordAt(text: string, start: number): { readonly text: string; readonly end: number } | null {
  let word = '';
  let quote = '';
  let at = start;
  for (; at < text.length; at++) {
    const sign = text.charAt(at);
    if (sign === '\\' && isEscaped(text.charAt(at + 1), quote)) {
      at++;
      word += text.charAt(at);
    } else if (quote === '' && BLANK.test(sign)) {
      break;
    } else if (quote === '' && QUOTE.test(sign)) {
      quote = sign;
    } else if (sign === quote) {
      quote = '';
    } else {
      word += sign;
    }
  }
  return quote === '' ? { text: word, end: at } : null;
}

function isEscaped(sign: string, quote: string): boolean {
  return sign === "'" || sign === '"' || sign === '\\' || (quote === '' && sign === ' ');
}
