import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { Host } from '../../../src/ports/host.js';
import { runOn } from '../../helpers/processes.js';
import { anSshScene } from '../../helpers/ssh-scene.js';
import { aWorker } from '../../helpers/ssh-workers.js';
import { needsSshd } from '../../helpers/sshd.js';
import { killAll } from '../../helpers/sshd-server.js';
import { aHost } from '../../helpers/workspace-work.js';

// Goal: a hold on a worker ends with what its daemon has there and not before; the contract of hosts has the rest.

beforeEach(needsSshd);

const ONE = { id: 'one1', note: '{"of":"one"}' };
const TWO = { id: 'two2', note: '{"of":"two"}' };

/** Asks until it is taken over. */
async function takenOver(host: Host, hold: string): Promise<void> {
  for (let answer: string | null = ''; answer !== null; ) {
    answer = await host.hold(hold, TWO);
    expect([null, ONE.note]).toContain(answer);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

test('a hold on a worker ends when its daemon closes its sessions there', async () => {
  const { sshd, host, cwd } = await anSshScene();
  const other = aWorker(sshd.destination()).host;
  const hold = join(cwd, 'hold');
  expect(await host.hold(hold, ONE)).toBeNull();
  expect(await other.hold(hold, TWO)).toBe(ONE.note);

  await host.close();

  await takenOver(other, hold);
});

test('a hold on a worker ends when its daemon is cut off, and never before what runs there', async () => {
  const { sshd, proxy, host, cwd } = await anSshScene();
  const other = aWorker(sshd.destination()).host;
  const hold = join(cwd, 'hold');
  expect(await host.hold(hold, ONE)).toBeNull();
  const command = 'trap "" TERM; while :; do date +%s%N >alive; sleep 0.05; done';
  const running = runOn(host, { command, cwd });
  while (!(await readFile(join(cwd, 'alive'), 'utf8').catch(() => ''))) await other.kindOf(cwd);

  proxy.freeze();
  await takenOver(other, hold);

  const last = await readFile(join(cwd, 'alive'), 'utf8');
  expect((await runOn(other, { command: 'sleep 0.3; cat alive', cwd })).stdout).toBe(last);
  proxy.thaw();
  await running;
}, 60_000);

test('a hold on a worker is its daemon’s again after the connection was lost', async () => {
  const { sshd, proxy, host, cwd } = await anSshScene();
  const other = aWorker(sshd.destination()).host;
  const hold = join(cwd, 'hold');
  expect(await host.hold(hold, ONE)).toBeNull();

  proxy.reset();
  expect((await runOn(host, { command: 'echo again', cwd })).stdout).toBe('again\n');
  expect(await host.hold(hold, ONE)).toBeNull();

  expect(await other.hold(hold, TWO)).toBe(ONE.note);
});

test('a hold on a worker can be taken where what stood for its daemon was killed', async () => {
  const { sshd, host, cwd } = await anSshScene();
  const hold = join(cwd, 'hold');
  expect(await host.hold(hold, ONE)).toBeNull();
  const before = await readFile(hold, 'utf8');

  killAll(sshd.running('/guard '));
  // A machine that is busy may take a moment to end it.
  await expect.poll(() => sshd.running('/guard ')).toEqual([]);
  expect(await host.hold(hold, ONE)).toBeNull();

  expect(await readFile(hold, 'utf8')).not.toBe(before);
  expect((await runOn(host, { command: 'echo runs', cwd })).stdout).toBe('runs\n');
});

test('a worker and a daemon on that machine heed the holds of each other', async () => {
  const { host, cwd } = await anSshScene();
  const local = aHost();

  expect(await local.hold(join(cwd, 'a'), ONE)).toBeNull();
  expect(await host.hold(join(cwd, 'a'), TWO)).toBe(ONE.note);
  expect(await host.hold(join(cwd, 'b'), TWO)).toBeNull();
  expect(await local.hold(join(cwd, 'b'), ONE)).toBe(TWO.note);
});
