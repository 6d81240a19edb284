import { describe, expect, type TestContext, test } from 'vitest';
import { agentCommand, DAEMON_TEST, until } from '../../helpers/board-daemon.js';
import { Operator } from '../../helpers/daemon-calls.js';
import { type Worker, WorkerPool } from '../../helpers/worker-pool.js';

// Goal: what a daemon did on workers goes on there with the next one: the thread is a file of its worker (issue 6).

const JOURNAL = '.symphony/WORKFLOW.md/journal.jsonl';

/** The thread of each turn that an agent on a worker was given, in order. */
function threadsOn(worker: Worker): string[] {
  return worker.lines('prompts').flatMap((prompt) => /"threadId":"([^"]+)"/.exec(prompt)?.[1] ?? []);
}

/** in a turn, each on a worker of its own, and the daemon killed once it has kept that. */
async function killedAtWork(context: TestContext, keeps = '"turnId":"turn-1"'): Promise<WorkerPool> {
  const pool = await WorkerPool.begin(context, {
    names: ['build-1', 'build-2'],
    sections: { codex: { approval_policy: 'on-request', command: agentCommand() } },
  });
  const { place } = pool;
  place.issue('A-1', { priority: 1 });
  place.issue('A-2', { priority: 2 });
  const daemon = await place.daemon();
  await daemon.running('A-1', 'A-2');
  if (keeps.includes('blocked')) {
    pool.order('A-2', 'ask');
    await daemon.showing('the question', ({ counts }) => counts.blocked === 1);
  }
  const isKept = (): boolean =>
    place.lines(JOURNAL).some((line) => line.includes('"A-2"') && line.includes(keeps));
  await until(`A-2 kept with ${keeps}`, isKept, () => pool.explain());
  await daemon.kill('SIGKILL');
  return pool;
}

describe.concurrent('after a kill of the daemon, what a worker worked on', DAEMON_TEST, () => {
  test('goes on there in its thread, also where another one has less to do', async (context) => {
    const pool = await killedAtWork(context);
    const { place } = pool;
    place.issue('A-1', { state: 'Done' });

    const next = await place.daemon();

    const { running } = await next.running('A-2');
    expect(running).toMatchObject([{ worker_host: 'build-2', attempt: 1 }]);
    const [thread] = threadsOn(pool.worker('build-2'));
    expect(threadsOn(pool.worker('build-2'))).toEqual([thread, thread]);
    expect(pool.startsOf('A-2')).toEqual(['build-2', 'build-2']);
    await pool.worker('build-1').loses('workspaces/A-1');
  });

  test('is begun on another one, as the next attempt, where that worker left the settings meanwhile', async (context) => {
    const pool = await killedAtWork(context);
    const { place } = pool;
    place.workflow({ worker: { ssh_hosts: ['build-1'] } });

    const next = await place.daemon();

    const { running } = await next.running('A-1', 'A-2');
    expect(running.find(({ issue_identifier }) => issue_identifier === 'A-2')).toMatchObject({
      worker_host: 'build-1',
      attempt: 1,
    });
    expect(new Set(threadsOn(pool.worker('build-1'))).size).toBe(2);
    expect(threadsOn(pool.worker('build-1'))).not.toContain(threadsOn(pool.worker('build-2'))[0]);
    expect(pool.doneLocally()).toEqual([]);
  });

  test('and asked about is told the answer on another one, where that worker left the settings meanwhile', async (context) => {
    const pool = await killedAtWork(context, '"kind":"blocked"');
    const { place } = pool;
    place.workflow({ worker: { ssh_hosts: ['build-1'] } });

    const next = await place.daemon();
    await next.running('A-1');
    const { blocked } = await next.state();
    expect(blocked).toMatchObject([{ issue_identifier: 'A-2', worker_host: 'build-2' }]);
    await new Operator(place, next).order('answer', 'A-2', { decision: 'approve' });
    await next.running('A-1', 'A-2');

    expect(pool.startsOf('A-2')).toEqual(['build-1', 'build-2']);
    const told = pool
      .worker('build-1')
      .lines('prompts')
      .filter((prompt) => prompt.includes('You asked: '));
    expect(told).toEqual([expect.stringMatching(/npm publish/u)]);
  });
});
