import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defaultStateDirectory, openStateDirectory } from '../../src/stores/state-directory.js';
import { startProgram } from '../helpers/programs.js';

/** A place for a state directory that is not there yet. */
async function aPlace(): Promise<string> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'symphony-state-')));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  return join(parent, 'state');
}

/** A state directory with a lock of this content. */
async function aPlaceWithLock(content: string): Promise<string> {
  const place = await aPlace();
  await mkdir(place);
  await writeFile(join(place, 'lock'), content);
  return place;
}

/** The number of a process that has ended. */
function aDeadProcess(): number {
  return spawnSync('true').pid;
}

const aDeadLock = () => JSON.stringify({ pid: aDeadProcess(), startedAt: '1' });

test('stands beside the workflow file, one for each file', () => {
  expect(defaultStateDirectory('/repo/WORKFLOW.md')).toBe('/repo/.symphony/WORKFLOW.md');
  expect(defaultStateDirectory('/repo/other.md')).toBe('/repo/.symphony/other.md');
});

test('is made with its parents, and is free again after its release', async () => {
  const place = join(await aPlace(), 'deep', 'down');

  const first = await openStateDirectory(place);
  await first.release();
  const second = await openStateDirectory(place);
  await second.release();

  expect(second.path).toBe(place);
  expect(await readdir(place)).toEqual(['.gitignore']);
});

test('held by this process is refused to it a second time', async () => {
  const place = await aPlace();
  const held = await openStateDirectory(place);

  await expect(openStateDirectory(place)).rejects.toMatchObject({
    code: 'state_directory_locked',
    message: expect.stringContaining(`process ${process.pid}`),
  });

  await held.release();
});

test('held by another living process is refused with its number and the mend', async () => {
  const place = await aPlace();
  const other = startProgram('locks-state');
  await other.next();
  other.say(place);
  expect(await other.next()).toBe('held');

  await expect(openStateDirectory(place)).rejects.toMatchObject({
    code: 'state_directory_locked',
    message: expect.stringMatching(new RegExp(`process ${other.pid}\\).*--state-dir`)),
  });
});

test('of a daemon that was killed is taken over', async () => {
  const place = await aPlace();
  const other = startProgram('locks-state');
  await other.next();
  other.say(place);
  expect(await other.next()).toBe('held');
  await other.kill();

  const held = await openStateDirectory(place);

  expect(JSON.parse(await readFile(join(place, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
  await held.release();
  expect(await readdir(place)).toEqual(['.gitignore']);
});

test('locked by a dead process, whose number a new one has got, is taken over', async (context) => {
  if (!existsSync('/proc/self/stat')) context.skip('because without /proc no start time tells them apart');
  const place = await aPlaceWithLock(JSON.stringify({ pid: process.ppid, startedAt: '1' }));

  const held = await openStateDirectory(place);

  await held.release();
});

test.each([
  ['empty', ''],
  ['cut short', '{"pid":12'],
  ['of another form', '[1]'],
  ['of a number that no process has', '{"pid":-1,"startedAt":"1"}'],
  ['of a number that is none', '{"pid":"many"}'],
])('whose lock is %s is taken over', async (_, content) => {
  const place = await aPlaceWithLock(content);

  const held = await openStateDirectory(place);

  await held.release();
  expect(await readdir(place)).toEqual([]);
});

test('whose dead lock got a successor that died at once is taken over from that one', async () => {
  const place = await aPlaceWithLock(aDeadLock());
  const dead = await readFile(join(place, 'lock'), 'utf8');
  const name = createHash('sha256').update(dead).digest('hex').slice(0, 16);
  await writeFile(join(place, `lock.after.${name}`), aDeadLock());

  const held = await openStateDirectory(place);

  expect(await readdir(place)).toEqual(['lock']);
  await held.release();
});

test('goes to exactly one of six that start at once, whatever lock it has', {
  timeout: 120_000,
}, async () => {
  const starters = Array.from({ length: 6 }, () => startProgram('locks-state'));
  await Promise.all(starters.map((starter) => starter.next()));
  const places = await Promise.all([
    ...Array.from({ length: 10 }, () => aPlace()),
    ...Array.from({ length: 10 }, () => aPlaceWithLock('')),
    ...Array.from({ length: 40 }, () => aPlaceWithLock(aDeadLock())),
  ]);

  for (const place of places) {
    for (const starter of starters) starter.say(place);
    const answers = await Promise.all(starters.map((starter) => starter.next()));

    expect(answers.sort()).toEqual(['held', ...Array(5).fill('state_directory_locked')]);
    expect((await readdir(place)).filter((name) => name !== '.gitignore')).toEqual(['lock']);
  }
});

test('goes round between daemons that start when another one stops', async () => {
  const place = await aPlace();
  const [first, second] = [startProgram('locks-state'), startProgram('locks-state')];
  await Promise.all([first.next(), second.next()]);

  for (const [holder, other] of [
    [first, second],
    [second, first],
    [first, second],
  ] as const) {
    holder.say(place);
    expect(await holder.next()).toBe('held');
    other.say(place);
    expect(await other.next()).toBe('state_directory_locked');
    holder.say('release');
    expect(await holder.next()).toBe('released');
  }
});

test('that lies below a file is unavailable, with the mend', async () => {
  const place = await aPlace();
  await writeFile(place, '');

  await expect(openStateDirectory(join(place, 'below'))).rejects.toMatchObject({
    code: 'state_directory_unavailable',
    message: expect.stringContaining('--state-dir'),
  });
});

test('whose lock cannot be read as a file is unavailable', async () => {
  const place = await aPlace();
  await mkdir(join(place, 'lock'), { recursive: true });

  await expect(openStateDirectory(place)).rejects.toMatchObject({ code: 'state_directory_unavailable' });
});

test('is hidden from git, all workflows of a place by one file', async () => {
  const place = join(await aPlace(), '.symphony');

  for (const name of ['WORKFLOW.md', 'other.md']) {
    const held = await openStateDirectory(join(place, name));
    await held.release();
  }

  expect(await readFile(join(place, '.gitignore'), 'utf8')).toBe('*\n');
  expect(await readdir(join(place, 'WORKFLOW.md'))).toEqual([]);
});

test('keeps what somebody wrote into its .gitignore', async () => {
  const place = await aPlace();
  await mkdir(place);
  await writeFile(join(place, '.gitignore'), 'mine\n');

  const held = await openStateDirectory(place);
  await held.release();

  expect(await readFile(join(place, '.gitignore'), 'utf8')).toBe('mine\n');
});

test('that is a directory with other things in it does not hide those from git', async () => {
  const place = await aPlace();
  await mkdir(place);
  await writeFile(join(place, 'package.json'), '{}');

  const held = await openStateDirectory(place);
  await held.release();

  expect(await readdir(place)).toEqual(['package.json']);
});

test('releases only its own lock', async () => {
  const place = await aPlace();
  const held = await openStateDirectory(place);
  const foreign = JSON.stringify({ pid: 1, startedAt: '1' });
  await writeFile(join(place, 'lock'), foreign);

  await held.release();
  await held.release();

  expect(await readFile(join(place, 'lock'), 'utf8')).toBe(foreign);
});
