/** Parts of the names of variables that hold secrets, in upper case; a name counts in any case. */
const SECRET_PARTS = ['KEY', 'TOKEN', 'SECRET', 'PASSWORD'] as const;

/** The same as patterns in which `*` is any text: `*KEY*` and so on. */
export const SECRET_PATTERNS: readonly string[] = SECRET_PARTS.map((part) => `*${part}*`);

/** Whether a variable of this name probably holds a secret. */
export function looksSecret(name: string): boolean {
  const upper = name.toUpperCase();
  return SECRET_PARTS.some((part) => upper.includes(part));
}

/** Those of the names that look secret and are not allowed, sorted. */
export function withheldNames(names: readonly string[], allowed: readonly string[]): string[] {
  return names.filter((name) => looksSecret(name) && !allowed.includes(name)).sort();
}
