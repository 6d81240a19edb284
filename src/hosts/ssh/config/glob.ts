import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The files that fit an absolute path with `*`, `?` and `[…]`, sorted; none when there are none. */
export async function filesLike(path: string): Promise<readonly string[]> {
  let found = ['/'];
  for (const segment of path.split('/').filter((each) => each !== '')) {
    const next = await Promise.all(found.map((directory) => below(directory, segment)));
    found = next.flat();
  }
  return found;
}

async function below(directory: string, segment: string): Promise<string[]> {
  if (!/[*?[]/.test(segment)) {
    const path = join(directory, segment);
    return (await isThere(path)) ? [path] : [];
  }
  const pattern = segmentPattern(segment);
  const names = await readdir(directory).catch(() => []);
  const fitting = names.filter(
    (name) => pattern.test(name) && (segment.startsWith('.') || !name.startsWith('.')),
  );
  return fitting.sort().map((name) => join(directory, name));
}

/** What cannot be seen is not there, as for the shell. */
async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function segmentPattern(segment: string): RegExp {
  const source = segment.replace(
    /\[(!?)([^\]]+)\]|[\\^$.*+?()[\]{}|]/g,
    (sign, not: string, range: string) => {
      if (range !== undefined) return `[${not === '' ? '' : '^'}${range.replace(/[\\^]/g, '\\$&')}]`;
      if (sign === '*') return '[^/]*';
      return sign === '?' ? '[^/]' : `\\${sign}`;
    },
  );
  return new RegExp(`^${source}$`, 's');
}
