import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DAEMON_TEST } from '../../helpers/board-daemon.js';
import { ask } from '../../helpers/daemon-calls.js';
import { WorkerPool } from '../../helpers/worker-pool.js';

// Goal: the list of workers can be changed under a running daemon, and what runs is not cut (issue 6, 3).

describe.concurrent('a change of worker.ssh_hosts', DAEMON_TEST, () => {
  test('has new work begin on those that were added, and on those that were removed only what runs goes on to its end', async (context) => {
    const pool = await WorkerPool.begin(context, {
      sections: { worker: { ssh_hosts: ['build-1', 'build-2'], max_concurrent_agents_per_host: 1 } },
    });
    const { place } = pool;
    for (const number of [1, 2, 3]) place.issue(`A-${number}`, { priority: number });
    const daemon = await place.daemon();
    await daemon.running('A-1', 'A-2');

    place.workflow({ worker: { ssh_hosts: ['build-2', 'build-3'] } });

    const { hosts, running } = await daemon.running('A-1', 'A-2', 'A-3');
    expect(pool.startsOf('A-3')).toEqual(['build-3']);
    expect(hosts).toMatchObject([
      { name: 'build-2', running: 1, draining: false },
      { name: 'build-3', running: 1, draining: false },
      { name: 'build-1', running: 1, draining: true },
    ]);
    expect(running.map(({ attempt }) => attempt)).toEqual([null, null, null]);

    place.issue('A-4');
    const waits = ({ waiting }: { waiting: { issue_identifiers: readonly string[] } }): boolean =>
      waiting.issue_identifiers.join() === 'A-4';
    await daemon.showing('A-4 waiting', waits);
    pool.order('A-1', 'done');
    await daemon.showing('build-1 gone, A-4 waiting', (shown) => shown.hosts.length === 2 && waits(shown));
    await pool.worker('build-1').loses('workspaces/A-1');
    expect(place.stateOf('A-1')).toBe('Done');
    expect(pool.worker('build-1').starts()).toEqual(['A-1']);
    expect(pool.doneLocally()).toEqual([]);
  });

  test('from none has what runs here go on to its end, and begins everything else on the workers', async (context) => {
    const pool = await WorkerPool.begin(context, {
      names: ['build-1'],
      sections: { worker: { ssh_hosts: [] } },
    });
    const { place } = pool;
    place.issue('A-1');
    const daemon = await place.daemon();
    await daemon.running('A-1');
    expect((await daemon.state()).hosts).toEqual([]);

    place.workflow({ worker: { ssh_hosts: ['build-1'] } });
    await daemon.showing('the worker', ({ hosts }) => hosts.some(({ name }) => name === 'build-1'));
    place.issue('A-2');

    await daemon.running('A-1', 'A-2');
    expect(pool.startsOf('A-2')).toEqual(['build-1']);
    mkdirSync(join(place.path, 'home/orders'));
    place.write('home/orders/A-1', 'done\n');
    await daemon.running('A-2');
    expect(place.stateOf('A-1')).toBe('Done');
  });

  test('to one whose SSH configuration cannot be followed is told with the mend and changes nothing; what runs goes on, and the worker is used as soon as that is corrected', async (context) => {
    const pool = await WorkerPool.begin(context, {
      names: ['build-1', 'build-2'],
      sections: { worker: { ssh_hosts: ['build-1'], max_concurrent_agents_per_host: 1 } },
    });
    const { place } = pool;
    pool.configure({ 'build-2': ['ProxyCommand nc %h %p'] });
    place.issue('A-1', { priority: 1 });
    place.issue('A-2', { priority: 2 });
    const daemon = await place.daemon();
    await daemon.running('A-1');

    place.workflow({ worker: { ssh_hosts: ['build-1', 'build-2'] } });

    const broken = await daemon.showing('the error', ({ workflow_error }) => workflow_error !== null);
    expect(broken.workflow_error).toMatchObject({
      code: 'invalid_workflow_config',
      message: expect.stringMatching(
        /worker\.ssh_hosts\[1\] build-2: \S+ line \d+: ProxyCommand nc %h %p is not supported; use ProxyJump/,
      ),
    });
    expect(broken.hosts).toMatchObject([{ name: 'build-1', running: 1, down: null, draining: false }]);
    expect(broken.running).toMatchObject([{ issue_identifier: 'A-1', attempt: null }]);
    expect((await ask(daemon, 'GET /api/v1/issues/A-2/explain')).text).toContain('ProxyCommand nc %h %p');

    pool.configure();

    const mended = await daemon.running('A-1', 'A-2');
    expect(mended.workflow_error).toBeNull();
    expect(pool.workers.map((worker) => worker.starts())).toEqual([['A-1'], ['A-2']]);
    expect(pool.doneLocally()).toEqual([]);
  });
});
