import { describe, expect, test } from 'vitest';
import { agentCommand, DAEMON_TEST, LEAVES_A_CHILD, until } from '../../helpers/board-daemon.js';
import { ask } from '../../helpers/daemon-calls.js';
import { alive, leftOf } from '../../helpers/processes.js';
import { IMPATIENT, WorkerPool } from '../../helpers/worker-pool.js';
import { down, hostIn, runningOn } from './hosts-shown.js';

// Goal: whatever becomes of workers and the ways to them, no work is lost or done twice, none is done on the daemon's own
// machine, the other workers go on, and people are told why (issue 6, 3 and 5; SPEC Appendix A.2 and A.3).

const CLOSED = ['Port 1'];
const WITH_CHILDREN = { codex: { command: agentCommand(undefined, LEAVES_A_CHILD) } };

describe.concurrent('a worker that cannot be reached', DAEMON_TEST, () => {
  test('is told with reason and next try while the others go on, and is used again once it answers', async (context) => {
    const pool = await WorkerPool.begin(context, {
      sections: { worker: { max_concurrent_agents_per_host: 1 } },
    });
    const { place } = pool;
    // The one that works may take its time.
    pool.configure({ 'build-1': CLOSED, 'build-2': ['ConnectTimeout 2'] });
    pool.worker('build-2').proxy.freeze();
    for (const number of [1, 2, 3]) place.issue(`A-${number}`, { priority: number });

    const daemon = await place.daemon();
    await down(daemon, 'build-1', 'build-2');
    const state = await daemon.running('A-1');

    expect(state.running).toMatchObject([{ worker_host: 'build-3', attempt: null }]);
    expect(hostIn(state, 'build-1')?.down?.reason).toContain('nothing listens at 127.0.0.1:1 (ECONNREFUSED)');
    expect(hostIn(state, 'build-2')?.down?.reason).toContain('within 2 s (ConnectTimeout)');
    expect(hostIn(state, 'build-3')).toMatchObject({ running: 1, capacity: 1, down: null });
    for (const { down: since } of state.hosts.slice(0, 2))
      expect(Date.parse(since?.next_try_at ?? '')).toBeGreaterThan(Date.parse(since?.since ?? ''));
    expect([...new Set(state.problems.map(({ code }) => code))]).toEqual(['host_unreachable']);
    expect(state.waiting.count).toBe(2);
    // While one is being tried, there is no next try to tell of.
    const told = /build-1 is down: .*next try .*build-2 is down: .*next try .*build-3 1\/1/;
    await until('the explanation', async () =>
      told.test((await ask(daemon, 'GET /api/v1/issues/A-2/explain')).text),
    );
    expect((await ask(daemon, 'GET /api/v1/health')).status).toBe(200);

    pool.configure();
    pool.worker('build-2').proxy.thaw();
    const mended = await daemon.running('A-1', 'A-2', 'A-3');

    await place.logged('host back', 2);
    expect(mended.hosts).toMatchObject(pool.workers.map(({ name }) => ({ name, running: 1, down: null })));
    expect(pool.workers.map((worker) => worker.starts().length)).toEqual([1, 1, 1]);
    expect(pool.doneLocally()).toEqual([]);
  });

  test('has its work wait when it is the only one, and never has it done on the machine of the daemon', async (context) => {
    const pool = await WorkerPool.begin(context, { names: ['build-1', 'build-2'] });
    const { place } = pool;
    pool.configure({ 'build-1': CLOSED, 'build-2': CLOSED });
    place.issue('A-1');

    const daemon = await place.daemon();
    const state = await down(daemon, 'build-1', 'build-2');

    const waits = await daemon.showing('A-1 waiting', ({ waiting }) => waiting.count === 1);
    expect(waits.running).toEqual([]);
    expect(state.counts).toMatchObject({ retrying: 0, blocked: 0, parked: 0 });
    pool.configure();
    await daemon.running('A-1');
    expect(pool.workers.flatMap((worker) => worker.starts())).toEqual(['A-1']);
    expect(
      pool.workers.flatMap((worker) => worker.journal().map((line) => /attempt=\w+/.exec(line)?.[0])),
    ).toEqual(['attempt=none']);
    expect(pool.doneLocally()).toEqual([]);
  });

  test('because its host key is another one is told with the mend, is given no work, and is used once the key is known', async (context) => {
    const pool = await WorkerPool.begin(context, { names: ['build-1', 'build-2'] });
    const { place } = pool;
    pool.know({ 'build-1': pool.worker('build-2').sshd.hostKey });
    place.issue('A-1');

    const daemon = await place.daemon();
    const state = await down(daemon, 'build-1');

    expect(hostIn(state, 'build-1')?.down?.reason).toMatch(/host key.*known_hosts/);
    await runningOn(daemon, 'A-1', 'build-2');
    pool.know();
    await down(daemon);
    place.issue('A-2');
    await runningOn(daemon, 'A-2', 'build-1');
    expect(pool.startsOf('A-1')).toEqual(['build-2']);
  });
});

describe.concurrent('a run whose worker is lost', DAEMON_TEST, () => {
  /** A-1 in a turn on build-1, with a child in a session of its own. */
  async function aRun(context: Parameters<typeof WorkerPool.begin>[0]) {
    const pool = await WorkerPool.begin(context, {
      names: ['build-1', 'build-2'],
      options: IMPATIENT,
      sections: WITH_CHILDREN,
    });
    pool.place.issue('A-1');
    const daemon = await pool.place.daemon();
    await runningOn(daemon, 'A-1', 'build-1');
    return { pool, daemon, lost: pool.worker('build-1'), other: pool.worker('build-2') };
  }

  test('because its SSH server was killed is a new attempt elsewhere, and leaves no process behind', async (context) => {
    const { pool, daemon, lost, other } = await aRun(context);

    await lost.killServer();

    const { running } = await runningOn(daemon, 'A-1', other.name);
    expect(running).toMatchObject([{ attempt: 1 }]);
    expect(await leftOf(lost.processes())).toEqual([]);
    expect(pool.startsOf('A-1')).toEqual([lost.name, other.name]);
    other.order('A-1', 'done');
    await other.loses('workspaces/A-1');
    expect(pool.place.stateOf('A-1')).toBe('Done');
    expect(pool.doneLocally()).toEqual([]);
  });

  test('is worked on there again once its SSH server is back, when there is no other, and nothing of before is left', async (context) => {
    const pool = await WorkerPool.begin(context, {
      names: ['build-1'],
      options: IMPATIENT,
      sections: WITH_CHILDREN,
    });
    const worker = pool.worker('build-1');
    pool.place.issue('A-1');
    const daemon = await pool.place.daemon();
    await daemon.running('A-1');
    const before = worker.processes();
    worker.write('workspaces/A-1/notes', 'half of it\n');

    await worker.killServer();
    const state = await down(daemon, 'build-1');

    // A server that is killed before it has read all resets its connections.
    expect(hostIn(state, 'build-1')?.down?.reason).toMatch(/closed the connection|ECONNRESET/);
    expect(state.running).toEqual([]);
    await worker.sshd.listenAgain();
    const { running } = await runningOn(daemon, 'A-1', 'build-1');
    expect(running).toMatchObject([{ attempt: 1 }]);
    expect(alive(before)).toEqual([]);
    expect(worker.lines('workspaces/A-1/notes')).toEqual(['half of it']);
    worker.order('A-1', 'done');
    await worker.loses('workspaces/A-1');
    expect(worker.journal().filter((line) => !line.startsWith('child'))).toEqual([
      expect.stringMatching(/^start A-1 \d+ attempt=none$/),
      expect.stringMatching(/^start A-1 \d+ attempt=1$/),
      'done A-1',
    ]);
    expect(pool.doneLocally()).toEqual([]);
  });

  test('because no packet comes through any more is a new attempt elsewhere, and what it left goes once the worker is back', async (context) => {
    const { pool, daemon, lost, other } = await aRun(context);

    lost.proxy.freeze();
    const state = await down(daemon, lost.name);
    expect(hostIn(state, lost.name)?.down?.reason).toContain('no sign of life');
    await runningOn(daemon, 'A-1', other.name);
    expect(await leftOf(lost.processes())).toEqual([]);
    other.order('A-1', 'done');
    await other.loses('workspaces/A-1');
    expect(lost.has('workspaces/A-1')).toBe(true);

    lost.proxy.thaw();
    await lost.loses('workspaces/A-1');
    expect(pool.startsOf('A-1')).toEqual([lost.name, other.name]);
  });
});

describe.concurrent('a run whose link is frozen', DAEMON_TEST, () => {
  test('and goes on before anybody gave up is the same run, and what it said meanwhile arrives', async (context) => {
    const pool = await WorkerPool.begin(context, { names: ['build-1'] });
    const { place } = pool;
    const worker = pool.worker('build-1');
    place.issue('A-1');
    const daemon = await place.daemon('--until-idle');
    await daemon.running('A-1');

    worker.proxy.freeze();
    worker.order('A-1', 'done');
    await worker.tells('done A-1');
    expect(await daemon.state()).toMatchObject({ counts: { running: 1 }, hosts: [{ down: null }] });
    expect(place.stateOf('A-1')).toBe('Todo');
    worker.proxy.thaw();

    expect((await daemon.exited).code).toBe(0);
    expect(place.stateOf('A-1')).toBe('Done');
    expect(daemon.stdout).toContain('1 run, 0 retries, 0 failures');
    expect(worker.starts()).toEqual(['A-1']);
    expect(place.log().filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });
});
