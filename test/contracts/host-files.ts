import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/ports/host.js';

/** The part of the host contract that is about files; `begin` makes a host and a directory for one test. */
export function hostFilesContract(
  name: string,
  begin: () => Promise<{ readonly host: Host; readonly cwd: string }>,
): void {
  describe(`the files of ${name}`, () => {
    test('are told apart by kind, links not followed', async () => {
      const { host, cwd } = await begin();
      await mkdir(join(cwd, 'directory'));
      await writeFile(join(cwd, 'file'), '');
      await symlink(cwd, join(cwd, 'link'));
      await symlink('nowhere', join(cwd, 'dangling'));

      const kinds = await Promise.all(
        ['directory', 'file', 'link', 'dangling', 'missing', 'file/below'].map((name) =>
          host.kindOf(join(cwd, name)),
        ),
      );

      expect(kinds).toEqual(['directory', 'other', 'link', 'link', 'missing', 'missing']);
    });

    test('have physical paths, also where links dangle and where nothing is yet', async () => {
      const { host, cwd } = await begin();
      await mkdir(join(cwd, 'real', 'inner'), { recursive: true });
      await symlink('real', join(cwd, 'relative'));
      await symlink(join(cwd, 'relative', 'inner'), join(cwd, 'chained'));
      await symlink('real/absent', join(cwd, 'dangling'));

      const physical = async (path: string) => (await host.physicalPath(`${cwd}/${path}`)).slice(cwd.length);

      expect(await physical('relative/inner')).toBe('/real/inner');
      expect(await physical('chained/..')).toBe('/real');
      expect(await physical('chained/new/newer')).toBe('/real/inner/new/newer');
      expect(await physical('dangling/x')).toBe('/real/absent/x');
      expect(await physical('./absent//x/')).toBe('/absent/x');
      await symlink('loop', join(cwd, 'loop'));
      await expect(physical('loop')).rejects.toMatchObject({ code: 'workspace_unavailable' });
    });

    test('are removed with all below them, but not what their links point to', async () => {
      const { host, cwd } = await begin();
      await mkdir(join(cwd, 'kept'));
      await writeFile(join(cwd, 'kept', 'file'), 'kept');
      await mkdir(join(cwd, 'gone', 'deep'), { recursive: true });
      await symlink(join(cwd, 'kept'), join(cwd, 'gone', 'deep', 'link'));
      await symlink(join(cwd, 'kept'), join(cwd, 'link'));
      await chmod(join(cwd, 'gone', 'deep'), 0o500);

      await host.remove(join(cwd, 'gone'));
      await host.remove(join(cwd, 'link'));
      await host.remove(join(cwd, 'missing'));

      expect(await readdir(cwd)).toEqual(['kept']);
      expect(await readFile(join(cwd, 'kept', 'file'), 'utf8')).toBe('kept');
    });

    test('are written whole and for the owner alone, and read back', async () => {
      const { host, cwd } = await begin();
      const file = join(cwd, 'file');

      await Promise.all(['first\n', 'second\n', 'third: ä\n'].map((text) => host.writeText(file, text)));

      expect(['first\n', 'second\n', 'third: ä\n']).toContain(await host.readText(file));
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readdir(cwd)).toEqual(['file']);
      expect(await host.readText(join(cwd, 'missing'))).toBeNull();
    });

    test('are replaced at once, and where a link stands instead of it', async () => {
      const { host, cwd } = await begin();
      const file = join(cwd, 'file');
      const texts = ['a', 'b'].map((letter) => letter.repeat(100_000));
      await writeFile(join(cwd, 'target'), 'kept');
      await symlink('target', file);

      await host.writeText(file, texts[0] ?? '');
      const writes = Promise.all([...texts, ...texts].map((text) => host.writeText(file, text)));
      const reads = await Promise.all(Array.from({ length: 8 }, () => host.readText(file)));
      await writes;

      expect(reads.filter((text) => text === null || !texts.includes(text))).toEqual([]);
      expect(await readFile(join(cwd, 'target'), 'utf8')).toBe('kept');
      expect(await readdir(cwd)).toEqual(['file', 'target']);
    });

    test('that could not be written leave nothing behind', async () => {
      const { host, cwd } = await begin();
      await mkdir(join(cwd, 'taken', 'by'), { recursive: true });

      for (const path of ['taken', 'missing/file', 'taken/by/']) {
        await expect(host.writeText(join(cwd, path), 'x')).rejects.toMatchObject({
          code: 'workspace_unavailable',
        });
      }

      expect(await readdir(cwd, { recursive: true })).toEqual(['taken', 'taken/by']);
      await expect(host.readText(cwd)).rejects.toMatchObject({ code: 'workspace_unavailable' });
    });

    test('are listed by name in order', async () => {
      const { host, cwd } = await begin();
      await host.makeDirectory(join(cwd, 'b', 'c'));
      await host.makeDirectory(join(cwd, 'b'));
      await host.writeText(join(cwd, 'a file'), '');
      await host.writeText(join(cwd, '.Z'), '');

      expect(await host.list(cwd)).toEqual(['.Z', 'a file', 'b']);
      expect(await host.list(join(cwd, 'missing'))).toEqual([]);
    });

    test('that cannot be used are an error that names them', async () => {
      const { host, cwd } = await begin();
      await host.writeText(join(cwd, 'file'), '');

      await expect(host.makeDirectory(join(cwd, 'file', 'below'))).rejects.toMatchObject({
        code: 'workspace_unavailable',
        message: expect.stringContaining(join(cwd, 'file', 'below')),
      });
    });
  });
}
