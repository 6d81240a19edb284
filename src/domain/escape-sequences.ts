/** What steers a terminal, as a whole (ECMA-48): what follows the escape is part of it, and no word of the text. */
const SEQUENCES = [
  // Colours, cursors and modes; one that was cut off has no last byte.
  String.raw`(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?`,
  // Titles, links and strings for the device, to their end.
  String.raw`(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090\u0098\u009c-\u009f]*(?:\u0007|\u001b\\|\u009c)`,
  // Of one without an end only the beginning: the words after it may be the text.
  String.raw`\u001b[\]PX^_]|[\u0090\u0098\u009c-\u009f]`,
  // Character sets, what is told with a single byte, and an escape that begins nothing.
  String.raw`\u001b[ -/]*[0-~]?`,
].join('|');

const ALL_SEQUENCES = new RegExp(SEQUENCES, 'gu');

/** Text from outside without escape sequences; other control characters are left to whoever makes a line of it. */
export function withoutEscapes(text: string): string {
  return text.replace(ALL_SEQUENCES, '');
}
