import { describe, expect, test } from 'vitest';
import { agentCommand, DAEMON_TEST, LEAVES_A_CHILD, type Place, until } from '../../helpers/board-daemon.js';
import { leftOf } from '../../helpers/processes.js';
import { IMPATIENT, type Worker, WorkerPool } from '../../helpers/worker-pool.js';
import { down } from './hosts-shown.js';

// Goal: a pool that is full and loses most of its machines finishes everything once on what is left (issue 6, 3 and 5).

const WITH_CHILDREN = { codex: { command: agentCommand(undefined, LEAVES_A_CHILD) } };

describe.concurrent('workers under load', DAEMON_TEST, () => {
  test('of which two of three are lost cost nothing: each issue is finished, once, on the one that is left, and they are used again', async (context) => {
    const pool = await WorkerPool.begin(context, {
      options: IMPATIENT,
      sections: { ...WITH_CHILDREN, worker: { max_concurrent_agents_per_host: 2 } },
    });
    const { place, workers } = pool;
    const identifiers = numbered(1, 12);
    for (const identifier of identifiers) place.issue(identifier);
    const daemon = await place.daemon();
    await daemon.showing(
      'two on each',
      ({ running }) => running.filter((run) => run.turn_count > 0).length === 6,
    );
    const [first, second, left] = [pool.worker('build-1'), pool.worker('build-2'), pool.worker('build-3')];

    first.proxy.freeze();
    first.proxy.reset();
    await second.killServer();
    await down(daemon, 'build-1', 'build-2');
    // The first run of a worker that ends tells that it is lost; the others end a moment later.
    const { waiting } = await daemon.showing('two runs on the one that is left', ({ running }) => {
      return `${running.map(({ worker_host }) => worker_host)}` === 'build-3,build-3';
    });
    expect(waiting.count).toBeGreaterThanOrEqual(6);
    expect(await leftOf([...first.processes(), ...second.processes()])).toEqual([]);
    for (const identifier of identifiers) left.order(identifier, 'done');

    for (const identifier of identifiers) await finished(place, identifier);
    expect(left.starts().sort()).toEqual([...identifiers].sort());
    expect([first.starts().length, second.starts().length]).toEqual([2, 2]);
    first.proxy.thaw();
    await second.sshd.listenAgain();
    await down(daemon);
    const more = numbered(13, 18);
    for (const identifier of more) place.issue(identifier);
    await daemon.running(...more);
    const again = workers.map((worker) => worker.starts().filter((started) => more.includes(started)).length);
    expect(again).toEqual([2, 2, 2]);
    for (const identifier of identifiers)
      for (const worker of workers) await worker.loses(`workspaces/${identifier}`);
    expect(doneIn(workers)).toEqual([...identifiers].sort());
    expect(pool.doneLocally()).toEqual([]);
  });
});

/** `A-<from>` up to `A-<to>`. */
function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `A-${from + index}`);
}

/** Waits until an issue is done. */
async function finished(place: Place, identifier: string): Promise<void> {
  await until(
    `${identifier} done`,
    () => place.stateOf(identifier) === 'Done',
    () => place.explain(),
  );
}

/** The issues that agents have finished, one for each time. */
function doneIn(workers: readonly Worker[]): string[] {
  return workers
    .flatMap((worker) => worker.journal())
    .flatMap((line) => (line.startsWith('done ') ? [line.slice('done '.length)] : []))
    .sort();
}
