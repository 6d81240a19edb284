/** Names the newline in scripts that must stand on one line. */
const NEWLINE = 'symphony_newline';

/** Sets the variable with which `quoted` writes a newline. Command substitution takes newlines away at the end. */
export const SET_NEWLINE = `${NEWLINE}=$(printf "\\nx"); ${NEWLINE}=\${${NEWLINE}%x}`;

/**
 * A text as one word of a POSIX shell, whatever is in it, on one line: `read` takes a line at a time, and a shell that
 * puts together a long text from many lines copies it as often. A NUL cannot be said in a shell.
 */
export function quoted(text: string): string {
  if (text.includes('\0')) throw new Error('a NUL cannot be given to a shell');
  return `'${text.replaceAll("'", `'\\''`).replaceAll('\n', `'"$${NEWLINE}"'`)}'`;
}
