/** Linux takes no argument of 128 KiB or more; a piece of this many UTF-16 units has at most three times the bytes. */
const PIECE_LENGTH = 32_768;
const MAX_ARGUMENT_BYTES = 100_000;

/** The supervisor keeps stdout there while profiles run. */
const TAKE_STDOUT = 'exec 1>&6 6>&-\n';

/**
 * The arguments that run a shell command as `bash -lc` does, whatever its length, with names unset again after the login
 * profile ran. The command stands on lines of its own and is not prefixed, so assignments, `&&`, heredocs and comments
 * in it mean what they mean.
 */
export function loginShell(command: string, withoutEnv: readonly string[]): readonly string[] {
  const names = withoutEnv.filter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  // What a profile made read-only cannot be unset, but it need not be exported.
  const unset = names.map((name) => `unset -v ${name} 2>/dev/null || export -n ${name}\n`).join('');
  const script = TAKE_STDOUT + unset + command;
  if (Buffer.byteLength(script) <= MAX_ARGUMENT_BYTES) return ['bash', '-lc', script];
  const join = `IFS=; symphony_script="$*"; IFS=$' \\t\\n'; set --; eval "unset -v symphony_script\n$symphony_script"`;
  return ['bash', '-lc', join, 'bash', ...pieces(script)];
}

/** Cuts a text, never between the two halves of a surrogate pair: each would become a question mark in UTF-8. */
function pieces(text: string): string[] {
  const cut: string[] = [];
  for (let from = 0; from < text.length; ) {
    const last = text.charCodeAt(from + PIECE_LENGTH - 1);
    const to = from + PIECE_LENGTH - (last >= 0xd800 && last < 0xdc00 ? 1 : 0);
    cut.push(text.slice(from, to));
    from = to;
  }
  return cut;
}
