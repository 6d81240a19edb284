/** Whether a name fits one pattern of OpenSSH: `*` is any run of characters, `?` exactly one; case counts. */
export function fitsPattern(name: string, pattern: string): boolean {
  const source = pattern.replace(/[\\^$.*+?()[\]{}|]/g, (sign) =>
    sign === '*' ? '.*' : sign === '?' ? '.' : `\\${sign}`,
  );
  return new RegExp(`^${source.replace(/(\.\*)+/g, '.*')}$`, 's').test(name);
}

/** Whether a name fits a list: one pattern at least, and none of those with `!`. */
export function fitsList(name: string, patterns: readonly string[]): boolean {
  const denied = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  if (denied.some((pattern) => fitsPattern(name, pattern))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && fitsPattern(name, pattern));
}
