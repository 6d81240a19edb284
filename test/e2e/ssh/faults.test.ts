import { describe, expect, test } from 'vitest';
import type { StateResponse } from '../../../src/api/schema.js';
import { agentCommand, DAEMON_TEST, type DaemonProcess, LEAVES_A_CHILD } from '../../helpers/board-daemon.js';
import { ask } from '../../helpers/daemon-calls.js';
import { leftOf } from '../../helpers/processes.js';
import { IMPATIENT, WorkerPool } from '../../helpers/worker-pool.js';

// Goal: whatever becomes of workers and the ways to them, no work is lost or done twice, none is done on the daemon's own
// machine, the other workers go on, and people are told why (issue 6, 3 and 5; SPEC Appendix A.2 and A.3).

const CLOSED = ['Port 1'];
const WITH_CHILDREN = { codex: { command: agentCommand(undefined, LEAVES_A_CHILD) } };

function hostIn({ hosts }: StateResponse, name: string): StateResponse['hosts'][number] | undefined {
  return hosts.find((host) => host.name === name);
}

/** Waits until these workers, and no others, are not used. */
async function down(daemon: DaemonProcess, ...names: readonly string[]): Promise<StateResponse> {
  return await daemon.showing(`${names.join(', ') || 'none'} down`, ({ hosts }) =>
    hosts.every((host) => (host.down !== null) === names.includes(host.name)),
  );
}

/** Waits until an issue runs again on a worker, and returns its state. */
async function runningOn(daemon: DaemonProcess, identifier: string, name: string): Promise<StateResponse> {
  return await daemon.showing(`${identifier} on ${name}`, ({ running }) =>
    running.some(
      ({ issue_identifier, worker_host, turn_count }) =>
        issue_identifier === identifier && worker_host === name && turn_count > 0,
    ),
  );
}

describe.concurrent('a worker that cannot be reached', DAEMON_TEST, () => {
  test('is told with reason and next try while the others go on, and is used again once it answers', async (context) => {
    const pool = await WorkerPool.begin(context, {
      options: IMPATIENT,
      sections: { worker: { max_concurrent_agents_per_host: 1 } },
    });
    const { place } = pool;
    pool.configure({ 'build-1': CLOSED });
    pool.worker('build-2').proxy.freeze();
    for (const number of [1, 2, 3]) place.issue(`A-${number}`, { priority: number });

    const daemon = await place.daemon();
    await down(daemon, 'build-1', 'build-2');
    const state = await daemon.running('A-3');

    expect(state.running).toMatchObject([{ worker_host: 'build-3', attempt: null }]);
    expect(hostIn(state, 'build-1')?.down?.reason).toContain('nothing listens at 127.0.0.1:1 (ECONNREFUSED)');
    expect(hostIn(state, 'build-2')?.down?.reason).toContain('within 2 s (ConnectTimeout)');
    expect(hostIn(state, 'build-3')).toMatchObject({ running: 1, capacity: 1, down: null });
    for (const { down: since } of state.hosts.slice(0, 2))
      expect(Date.parse(since?.next_try_at ?? '')).toBeGreaterThan(Date.parse(since?.since ?? ''));
    expect(state.problems.map(({ code }) => code)).toEqual(['host_unreachable', 'host_unreachable']);
    expect(state.waiting.count).toBe(2);
    const { text } = await ask(daemon, 'GET /api/v1/issues/A-2/explain');
    expect(text).toMatch(/build-1 is down: .*next try .*build-2 is down: .*next try .*build-3 1\/1/);
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

describe.concurrent('workers under load', DAEMON_TEST, () => {
  test('of which two of three are lost cost nothing: each issue is finished, once, and no workspace stays', async (context) => {
    const pool = await WorkerPool.begin(context, { options: IMPATIENT, sections: WITH_CHILDREN });
    const { place, workers } = pool;
    const identifiers = Array.from({ length: 9 }, (_, index) => `A-${index + 1}`);
    for (const identifier of identifiers) place.issue(identifier);
    const daemon = await place.daemon();
    await daemon.running(...identifiers);
    expect(workers.map((worker) => worker.starts().length)).toEqual([3, 3, 3]);
    const lost = workers.slice(0, 2);

    for (const { proxy } of lost) {
      proxy.freeze();
      proxy.reset();
    }
    await down(daemon, 'build-1', 'build-2');
    await daemon.running(...identifiers);
    expect(pool.worker('build-3').starts().sort()).toEqual(identifiers);
    expect(await leftOf(lost.flatMap((worker) => worker.processes()))).toEqual([]);
    for (const { proxy } of lost) proxy.thaw();
    for (const identifier of identifiers) pool.order(identifier, 'done');

    await daemon.running();
    for (const identifier of identifiers) {
      for (const worker of workers) await worker.loses(`workspaces/${identifier}`);
      expect(place.stateOf(identifier)).toBe('Done');
    }
    const finished = workers.flatMap((worker) => worker.journal().filter((line) => line.startsWith('done ')));
    expect(finished.sort()).toEqual(identifiers.map((identifier) => `done ${identifier}`));
    expect(workers.flatMap((worker) => worker.starts())).toHaveLength(15);
    expect(pool.doneLocally()).toEqual([]);
  });
});
