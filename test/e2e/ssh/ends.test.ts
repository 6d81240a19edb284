import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  agentCommand,
  DAEMON_TEST,
  type DaemonProcess,
  LEAVES_A_CHILD,
  until,
} from '../../helpers/board-daemon.js';
import { alive, leftOf } from '../../helpers/processes.js';
import { type Worker, WorkerPool } from '../../helpers/worker-pool.js';

// Goal: however a run on a worker ends, and however the daemon does, nothing of it lives on there (issue 6, 5).

const BOUND_MS = 15_000;
/** What hooks and agents start, each in a session of its own, which heeds no end of its parent. */
const CHILD = LEAVES_A_CHILD;

interface Busy {
  readonly pool: WorkerPool;
  readonly daemon: DaemonProcess;
  /** Agents and what they left, on all workers. */
  readonly started: readonly number[];
}

/** in a turn, each on a worker of its own. */
async function busyWorkers(context: Parameters<typeof WorkerPool.begin>[0]): Promise<Busy> {
  const pool = await WorkerPool.begin(context, {
    names: ['build-1', 'build-2'],
    sections: {
      hooks: { before_run: CHILD, after_run: 'echo "after_run $WORKER" >> ../../journal' },
      codex: { command: agentCommand(undefined, CHILD) },
    },
  });
  pool.place.issue('A-1', { priority: 1 });
  pool.place.issue('A-2', { priority: 2 });
  const daemon = await pool.place.daemon();
  await daemon.running('A-1', 'A-2');
  return { pool, daemon, started: pool.workers.flatMap((worker) => worker.processes()) };
}

/** What Symphony keeps on a worker for as long as it is there. */
function remainsOn({ sshd }: Worker): string[] {
  return readdirSync(join(sshd.directory, 'tmp')).filter((name) => name.startsWith('symphony-'));
}

async function nothingRemains(pool: WorkerPool): Promise<void> {
  await until(
    'nothing of Symphony on the workers',
    () => pool.workers.every((worker) => remainsOn(worker).length === 0),
    () => pool.explain(),
  );
}

describe.concurrent('on workers, agents and whatever they and hooks have started', DAEMON_TEST, () => {
  test('end when the daemon is killed, and the next one goes on in the same workspaces', async (context) => {
    const { pool, daemon, started } = await busyWorkers(context);
    expect(alive(started).length).toBeGreaterThanOrEqual(4);
    for (const worker of pool.workers) worker.write(`workspaces/${worker.starts()[0]}/notes`, 'half of it\n');

    await daemon.kill('SIGKILL');

    expect(await leftOf(started)).toEqual([]);
    await nothingRemains(pool);
    const next = await pool.place.daemon('--until-idle');
    await next.running('A-1', 'A-2');
    for (const [index, worker] of pool.workers.entries()) {
      expect(worker.starts()).toEqual([`A-${index + 1}`, `A-${index + 1}`]);
      expect(worker.lines(`workspaces/A-${index + 1}/notes`)).toEqual(['half of it']);
    }
    pool.order('A-1', 'done');
    pool.order('A-2', 'done');
    expect((await next.exited).code).toBe(0);
  });

  test('end before a daemon that is asked to end, which runs after_run there and succeeds within the bound', async (context) => {
    const { pool, daemon, started } = await busyWorkers(context);

    const askedAtMs = performance.now();
    expect(await daemon.kill('SIGTERM')).toEqual({ code: 0, signal: null });

    expect(performance.now() - askedAtMs).toBeLessThan(BOUND_MS);
    expect(alive(started)).toEqual([]);
    for (const worker of pool.workers) expect(worker.journal()).toContain(`after_run ${worker.name}`);
    await nothingRemains(pool);
    expect(pool.place.log().filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });

  test('end with a hook that takes longer than it may, and no agent starts', async (context) => {
    // Long enough for a busy machine to start what is to be ended.
    const pool = await WorkerPool.begin(context, {
      names: ['build-1'],
      sections: {
        hooks: { before_run: `${CHILD} echo "child $$" >> ../../journal; sleep 1000`, timeout_ms: 8_000 },
        agent: { max_retry_backoff_ms: 300_000 },
      },
    });
    const worker = pool.worker('build-1');
    pool.place.issue('A-1');
    const daemon = await pool.place.daemon();

    const { retrying } = await daemon.showing('the failure', ({ counts }) => counts.retrying === 1);

    expect(retrying[0]?.error).toMatch(/before_run/);
    const started = worker.processes();
    expect(started).toHaveLength(2);
    expect(await leftOf(started)).toEqual([]);
    expect(worker.starts()).toEqual([]);
  });

  test('end when a person closes the issue, with its workspace, and nothing else does', async (context) => {
    const { pool, daemon } = await busyWorkers(context);
    const [first, second] = [pool.worker('build-1'), pool.worker('build-2')];

    pool.place.issue('A-1', { state: 'Cancelled' });

    await first.loses('workspaces/A-1');
    await daemon.running('A-2');
    expect(await leftOf(first.processes())).toEqual([]);
    expect(alive(second.processes())).not.toEqual([]);
  });
});
