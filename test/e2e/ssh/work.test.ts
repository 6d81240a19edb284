import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agentCommand, DAEMON_TEST } from '../../helpers/board-daemon.js';
import { ask } from '../../helpers/daemon-calls.js';
import { ended } from '../../helpers/linear/linear-daemon.js';
import { WorkerPool } from '../../helpers/worker-pool.js';

// Goal: the whole of a run is on the worker it was given, and workers are chosen as Appendix A.2 says.

/** Tells the journal of whatever home it runs below what runs there, and on which machine that believes to be. */
const tell = (what: string): string => `echo "${what} $SYMPHONY_ISSUE_IDENTIFIER $WORKER" >> ../../journal`;
const HOOKS = {
  after_create: `${tell('after_create')}; echo "$WORKER" > made-by`,
  before_run: tell('before_run'),
  after_run: tell('after_run'),
  before_remove: tell('before_remove'),
};

describe.concurrent('a run on workers', DAEMON_TEST, () => {
  test('has its workspace, its hooks and its agent on the worker it was given, and nothing on the machine of the daemon', async (context) => {
    const pool = await WorkerPool.begin(context, {
      sections: { hooks: HOOKS, codex: { command: agentCommand('done', `${tell('agent')}; `) } },
    });
    const { place, workers } = pool;
    const identifiers = ['A-1', 'A-2', 'A-3', 'A-4', 'A-5', 'A-6'];
    for (const identifier of identifiers) place.issue(identifier);

    const daemon = place.run('--until-idle');

    expect(await ended(daemon, place)).toEqual({ code: 0, signal: null });
    expect(daemon.stdout).toContain('6 issues finished');
    for (const worker of workers) {
      const own = worker.starts();
      expect(own).toHaveLength(2);
      const told = worker.journal().filter((line) => line.endsWith(` ${worker.name}`));
      for (const identifier of own) {
        const steps = told.flatMap((line) => line.match(`^(\\w+) ${identifier} `)?.[1] ?? []);
        expect(steps).toEqual(['after_create', 'before_run', 'agent', 'after_run', 'before_remove']);
        expect(worker.has(`workspaces/${identifier}`)).toBe(false);
      }
      expect(told).toHaveLength(10);
    }
    expect(workers.flatMap((worker) => worker.starts()).sort()).toEqual(identifiers);
    expect(identifiers.map((identifier) => place.stateOf(identifier))).toEqual(identifiers.map(() => 'Done'));
    expect(pool.doneLocally()).toEqual([]);
  });

  test('is below the root as the worker expands it, and under no process of the daemon', async (context) => {
    const pool = await WorkerPool.begin(context, { names: ['build-1', 'build-2'] });
    pool.place.issue('A-1', { priority: 1 });
    pool.place.issue('A-2', { priority: 2 });
    const daemon = await pool.place.daemon();

    const { running } = await daemon.running('A-1', 'A-2');

    for (const [index, worker] of pool.workers.entries()) {
      const identifier = `A-${index + 1}`;
      expect(running.find(({ issue_identifier }) => issue_identifier === identifier)).toMatchObject({
        worker_host: worker.name,
        workspace_path: join(worker.sshd.home, 'workspaces', identifier),
      });
      expect(worker.starts()).toEqual([identifier]);
    }
    expect(daemon.descendants()).toEqual([]);
  });
});

describe.concurrent('on a worker', DAEMON_TEST, () => {
  test('a link in place of a workspace is refused, whatever it leads to there, and nothing runs in what it leads to', async (context) => {
    const pool = await WorkerPool.begin(context, {
      names: ['build-1'],
      sections: { hooks: HOOKS, agent: { max_retry_backoff_ms: 300_000 } },
    });
    const worker = pool.worker('build-1');
    const { home } = worker.sshd;
    mkdirSync(join(home, 'workspaces/elsewhere'), { recursive: true });
    mkdirSync(join(home, 'secrets'));
    symlinkSync('elsewhere', join(home, 'workspaces/A-1'));
    symlinkSync(join(home, 'secrets'), join(home, 'workspaces/A-2'));
    for (const identifier of ['A-1', 'A-2', 'A-3']) pool.place.issue(identifier);
    const daemon = await pool.place.daemon();

    const { retrying } = await daemon.showing('two refusals beside a run', ({ counts, running }) => {
      return counts.retrying === 2 && running.some(({ turn_count }) => turn_count > 0);
    });

    for (const { error } of retrying) expect(error).toMatch(/link/);
    expect(worker.starts()).toEqual(['A-3']);
    expect(worker.journal().filter((line) => /A-[12]/.test(line))).toEqual([]);
    expect(readdirSync(join(home, 'secrets'))).toEqual([]);
    expect(readdirSync(join(home, 'workspaces/elsewhere'))).toEqual([]);
  });
});

describe.concurrent('workers', DAEMON_TEST, () => {
  test('take one more each up to their limit, the first listed first; what finds none waits, and goes to the first with room', async (context) => {
    const pool = await WorkerPool.begin(context, {
      sections: { worker: { max_concurrent_agents_per_host: 1 } },
    });
    const { place } = pool;
    for (const number of [1, 2, 3, 4]) place.issue(`A-${number}`, { priority: number });
    const daemon = await place.daemon();

    const { hosts, waiting, running } = await daemon.running('A-1', 'A-2', 'A-3');

    const placed = running.map(({ issue_identifier, worker_host }) => [issue_identifier, worker_host]);
    expect(Object.fromEntries(placed)).toEqual({ 'A-1': 'build-1', 'A-2': 'build-2', 'A-3': 'build-3' });
    expect(hosts).toMatchObject(
      ['build-1', 'build-2', 'build-3'].map((name) => ({ name, running: 1, capacity: 1, down: null })),
    );
    expect(waiting).toEqual({ count: 1, issue_identifiers: ['A-4'] });
    expect((await ask(daemon, 'GET /api/v1/issues/A-4/explain')).text).toContain(
      'build-1 1/1, build-2 1/1, build-3 1/1',
    );
    pool.order('A-2', 'done');
    await daemon.running('A-1', 'A-3', 'A-4');
    expect(pool.startsOf('A-4')).toEqual(['build-2']);
    expect(pool.doneLocally()).toEqual([]);
  });

  test('keep what they had before when it is tried again, also where another one has less to do', async (context) => {
    const pool = await WorkerPool.begin(context, { names: ['build-1', 'build-2'] });
    const { place } = pool;
    for (const number of [1, 2, 3, 4]) place.issue(`A-${number}`, { priority: number });
    const daemon = await place.daemon();
    await daemon.running('A-1', 'A-2', 'A-3', 'A-4');
    pool.order('A-1', 'done');
    pool.order('A-3', 'done');
    await daemon.running('A-2', 'A-4');

    pool.worker('build-2').order('A-4', 'fail');
    await pool.worker('build-2').tells(/^start A-4 \d+ attempt=1$/);

    expect(pool.startsOf('A-4')).toEqual(['build-2', 'build-2']);
  });

  test('that are full give it to another one, and its workspace is removed on each that had it', async (context) => {
    const pool = await WorkerPool.begin(context, {
      names: ['build-1', 'build-2'],
      sections: {
        hooks: HOOKS,
        worker: { max_concurrent_agents_per_host: 1 },
      },
    });
    const { place } = pool;
    const [first, second] = [pool.worker('build-1'), pool.worker('build-2')];
    for (const number of [1, 2, 3]) place.issue(`A-${number}`, { priority: number });
    const daemon = await place.daemon();
    await daemon.running('A-1', 'A-2');

    first.order('A-1', 'fail');
    await daemon.running('A-2', 'A-3');
    expect(pool.startsOf('A-3')).toEqual(['build-1']);
    second.order('A-2', 'done');
    await second.tells(/^start A-1 \d+ attempt=1$/);
    expect(first.has('workspaces/A-1')).toBe(true);
    second.order('A-1', 'done');
    await daemon.running('A-3');

    for (const worker of pool.workers) await worker.loses('workspaces/A-1');
    expect(pool.startsOf('A-1')).toEqual(['build-1', 'build-2']);
    await first.tells('before_remove A-1 build-1');
    await second.tells('before_remove A-1 build-2');
  });

  test('are swept at the start of what was finished meanwhile, each for itself, and keep everything else', async (context) => {
    const pool = await WorkerPool.begin(context, { sections: { hooks: HOOKS } });
    const { place, workers } = pool;
    for (const number of [1, 2, 3]) place.issue(`A-${number}`, { priority: number });
    const first = await place.daemon();
    await first.running('A-1', 'A-2', 'A-3');
    expect(await first.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    for (const identifier of ['A-1', 'A-2']) place.issue(identifier, { state: 'Done' });
    // Of an issue that another daemon worked on once, and of nobody.
    place.issue('B-1', { state: 'Cancelled' });
    for (const { sshd } of workers) {
      mkdirSync(join(sshd.home, 'workspaces/B-1'));
      mkdirSync(join(sshd.home, 'workspaces/kept'));
    }

    await place.daemon();

    for (const worker of workers) {
      for (const identifier of [...worker.starts().filter((started) => started !== 'A-3'), 'B-1']) {
        await worker.tells(`before_remove ${identifier} ${worker.name}`);
        await worker.loses(`workspaces/${identifier}`);
      }
      expect(worker.has('workspaces/kept')).toBe(true);
    }
    expect(pool.worker('build-3').lines('workspaces/A-3/made-by')).toEqual(['build-3']);
  });
});
