import { chmodSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { diskFinding, disksOf } from '../../../src/commands/doctor/disk.js';
import { diskFindings, rootFindings, stateFindings } from '../../../src/commands/doctor/places.js';
import type { JsonObject } from '../../../src/domain/json.js';
import { openStateDirectory } from '../../../src/stores/state-directory.js';
import { aDirectory } from '../../helpers/symphony.js';
import { writtenSettings } from '../../helpers/written-settings.js';

const GIB = 1024 ** 3;

/** For an agent that is no danger to workspaces in a temporary directory, where tests have to be. */
function settingsFor(root: string, agent: JsonObject = { kind: 'scripted' }) {
  return writtenSettings({ workspace: { root }, agent });
}

describe('the workspace root', () => {
  test('is usable, and is left as it was', async () => {
    const root = aDirectory();

    expect(await rootFindings(settingsFor(root))).toMatchObject([{ name: 'workspace root', verdict: 'ok' }]);
    expect(readdirSync(root)).toEqual([]);
  });

  test('may be missing as long as it can be made', async () => {
    const parent = aDirectory();

    const [finding] = await rootFindings(settingsFor(join(parent, 'a/b')));

    expect(finding).toMatchObject({ verdict: 'ok', detail: expect.stringContaining('can be made') });
    expect(readdirSync(parent)).toEqual([]);
  });

  test('is a problem where nothing can be made, even for root', async () => {
    const [finding] = await rootFindings(settingsFor('/proc/symphony/workspaces'));

    expect(finding).toMatchObject({ verdict: 'problem', mend: expect.stringContaining('workspace.root') });
  });

  test('is a problem where a file is in the way', async () => {
    const [finding] = await rootFindings(settingsFor(join(aDirectory({ file: '' }), 'file/workspaces')));

    expect(finding).toMatchObject({ verdict: 'problem', detail: expect.stringContaining('file') });
  });

  test('is a problem where this user may not write', async (context) => {
    if (process.getuid?.() === 0) context.skip('because root may write everywhere');
    const root = aDirectory();
    chmodSync(root, 0o500);
    onTestFinished(() => chmodSync(root, 0o700));

    const [finding] = await rootFindings(settingsFor(root));

    expect(finding).toMatchObject({ verdict: 'problem', detail: expect.stringContaining('EACCES') });
  });

  test('in a temporary directory lets agents of Codex reach the workspaces of others', async () => {
    const root = aDirectory();

    const [finding] = await rootFindings(settingsFor(root, { kind: 'codex' }));

    expect(finding).toMatchObject({ verdict: 'warning', mend: expect.stringContaining('workspace.root') });
    expect(finding?.detail).toContain('the workspaces of others');
  });

  test('in a temporary directory is found behind a link', async () => {
    const [parent, target] = [aDirectory(), aDirectory()];
    symlinkSync(target, join(parent, 'link'));

    const [finding] = await rootFindings(settingsFor(join(parent, 'link/workspaces'), { kind: 'codex' }));

    expect(finding).toMatchObject({ verdict: 'warning' });
  });
});

describe('the state directory', () => {
  test('may be missing as long as it can be made', async () => {
    const [finding] = await stateFindings(join(aDirectory(), '.symphony/WORKFLOW.md'));

    expect(finding).toMatchObject({ name: 'state directory', verdict: 'ok' });
    expect(finding?.detail).toContain('can be made');
  });

  test('with a daemon is no problem, and names its process', async () => {
    const directory = aDirectory();
    const held = await openStateDirectory(directory);
    onTestFinished(() => held.release());

    const [finding] = await stateFindings(directory);

    expect(finding).toMatchObject({ verdict: 'ok' });
    expect(finding?.detail).toContain(`a daemon runs with it (process ${process.pid})`);
  });

  test('that a daemon has left is only a directory', async () => {
    const directory = aDirectory();
    await (await openStateDirectory(directory)).release();

    expect(await stateFindings(directory)).toMatchObject([{ verdict: 'ok', detail: directory }]);
  });

  test('is a problem where nothing can be made', async () => {
    const [finding] = await stateFindings('/proc/symphony');

    expect(finding).toMatchObject({ verdict: 'problem', mend: expect.stringContaining('--state-dir') });
  });
});

describe('the disk', () => {
  const disk = { keeps: 'workspaces', mountPoint: '/srv' };

  test.each([
    [5 * GIB, 'ok', '5.0 GiB'],
    [GIB, 'ok', '1.0 GiB'],
    [GIB - 1, 'warning', '1023 MiB'],
    [100 * 1024 ** 2, 'warning', '100 MiB'],
    [100 * 1024 ** 2 - 1, 'problem', '99 MiB'],
    [0, 'problem', '0 MiB'],
  ])('with %d bytes left is %s', (freeBytes, verdict, size) => {
    expect(diskFinding({ ...disk, freeBytes })).toMatchObject({
      name: 'disk',
      verdict,
      detail: `${size} free on /srv for workspaces`,
    });
  });

  test('of two places is told once when they share it', async () => {
    const directory = aDirectory();
    mkdirSync(join(directory, 'a'));

    const disks = await disksOf([
      { what: 'workspaces', path: join(directory, 'a') },
      { what: 'state', path: directory },
    ]);

    expect(disks).toMatchObject([{ keeps: 'workspaces and state', freeBytes: expect.any(Number) }]);
    expect(directory.startsWith(disks[0]?.mountPoint ?? 'nowhere')).toBe(true);
  });

  test('of places that cannot be used is not looked at', async () => {
    expect(await diskFindings('/proc/symphony', '/proc/other')).toMatchObject([{ verdict: 'skipped' }]);
  });
});
