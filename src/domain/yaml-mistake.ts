/** What to do about a mistake in YAML, by its kind or by the words that yaml has for it; the first that fits counts. */
const ADVICE: readonly (readonly [of: string | RegExp, advice: string])[] = [
  [/^Missing closing/, 'end the text with the quote that it begins with'],
  [/^Implicit map keys/, 'write "key: value", or a text of several lines indented below "|"'],
  [/^Not a YAML token/, 'begin the text on the line below "|"'],
  [/end with a [\]}]$/, 'end what a bracket begins'],
  [/^Unexpected \S+ at node end/, 'put all of the value into quotes, or below "|"'],
  [/flow (?:map|sequence) items$/, 'quote the value when its bracket is text'],
  ['MULTILINE_IMPLICIT_KEY', 'write "key: value" on each line, with a colon and a blank'],
  ['BAD_SCALAR_START', 'put the value into quotes'],
  ['BAD_DQ_ESCAPE', 'put the value into single quotes, or below "|", where a backslash is only that'],
  ['BAD_INDENT', 'indent the keys of a section alike'],
];

/** What yaml says, in words that say what to do where its own would not help. */
const INSTEAD: ReadonlyMap<string, string> = new Map(
  Object.entries({
    TAB_AS_INDENT: 'a tab is used for indentation; YAML wants blanks',
    MULTIPLE_DOCS:
      'the front matter has multiple documents, this begins the second; remove the line between them',
    BLOCK_AS_IMPLICIT_KEY:
      'a value has keys of its own in it, or below it; put a value with ": " in it into quotes, and indent the keys of a section alike',
  }),
);

const CONFLICT = /^(?:<{7}|={7}|>{7})(?: |$)/;

/** A mistake as the package yaml tells it. */
interface YamlError {
  readonly code: string;
  readonly message: string;
}

/** A mistake in YAML with what to do about it; `line` is the text of the line on which it was found. */
export function yamlMistake({ code, message }: YamlError, line: string): string {
  if (CONFLICT.test(line)) return 'this is the mark of a merge conflict; resolve it';
  const instead = INSTEAD.get(code);
  if (instead !== undefined) return instead;
  const said = message.replace(/\s+/g, ' ');
  const [, advice] = ADVICE.find(([of]) => (of instanceof RegExp ? of.test(said) : of === code)) ?? [];
  return advice === undefined ? said : `${said}; ${advice}`;
}
