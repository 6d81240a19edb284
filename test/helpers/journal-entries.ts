import { z } from 'zod';

const Entry = z.object({ key: z.string(), value: z.number() });

/** An entry as simple as can be: a later one replaces those of the same key. */
export type Entry = z.infer<typeof Entry>;

/** The last entry of each key, in the order in which they came. */
export function lastOfEach(entries: readonly object[]): readonly Entry[] {
  const last = new Map<string, Entry>();
  for (const each of entries) {
    const entry = Entry.parse(each);
    last.delete(entry.key);
    last.set(entry.key, entry);
  }
  return [...last.values()];
}

/** The entry that this is, if it is one. */
export function parseEntry(value: unknown): Entry | null {
  return Entry.safeParse(value).data ?? null;
}

/** So many entries from this value on, of seven keys in turn. */
export function entriesFrom(value: number, count: number): Entry[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `k${(value + index) % 7}`,
    value: value + index,
  }));
}
