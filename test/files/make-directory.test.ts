import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeDirectory, makeDirectorySync } from '../../src/files/make-directory.js';

function aFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'symphony-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const MAKERS = [
  ['makeDirectory', makeDirectory],
  ['makeDirectorySync', async (directory: string) => makeDirectorySync(directory)],
] as const;

test.each(MAKERS)(
  '%s makes a directory with its parents, and minds none that is there',
  async (_name, make) => {
    const wanted = path.join(aFolder(), 'a', 'b', 'c');

    await make(wanted);
    await make(wanted);

    expect(existsSync(wanted)).toBe(true);
  },
);

test.each(MAKERS)('%s fails where a file is in the way', async (_name, make) => {
  const folder = aFolder();
  writeFileSync(path.join(folder, 'file'), '');

  await expect(make(path.join(folder, 'file'))).rejects.toThrow(/ENOTDIR/);
  await expect(make(path.join(folder, 'file', 'below'))).rejects.toThrow(/ENOTDIR/);
});

test.each(MAKERS)(
  '%s fails, and does not spin for ever, where a parent takes no entries',
  async (_name, make) => {
    await expect(make('/proc/symphony/state')).rejects.toThrow(/ENOENT|ENOTDIR|EACCES|EPERM|EROFS/);
  },
);
