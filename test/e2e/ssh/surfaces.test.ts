import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import { IssueResponse } from '../../../src/api/schema.js';
import { DAEMON_TEST, type DaemonProcess } from '../../helpers/board-daemon.js';
import { ask } from '../../helpers/daemon-calls.js';
import { needs } from '../../helpers/needs.js';
import { inTerminal } from '../../helpers/terminal-session.js';
import { WorkerPool } from '../../helpers/worker-pool.js';
import { Commander } from '../daemon/commander.js';
import { browserForTests } from '../web/browser.js';

// Goal: whoever looks, wherever, sees which worker has what, how full each is, and why one is not used (issue 6, 7).

const { open } = browserForTests();
const REFUSED = 'nothing listens at 127.0.0.1:1 (ECONNREFUSED)';

/** A-1 is worked on at build-1 and A-2 at build-3; A-3 waits, because build-2 does not answer. */
async function aPoolWithOneDown(context: TestContext) {
  const pool = await WorkerPool.begin(context, {
    sections: { worker: { max_concurrent_agents_per_host: 1 } },
  });
  pool.configure({ 'build-2': ['Port 1'] });
  for (const number of [1, 2, 3]) pool.place.issue(`A-${number}`, { priority: number });
  const daemon = await pool.place.daemon();
  await daemon.showing('two runs and a worker that is down', ({ running, hosts }) => {
    const names = running.filter(({ turn_count }) => turn_count > 0).map(({ worker_host }) => worker_host);
    // What connections bear is told a moment later.
    const atWork = hosts.filter(({ link }) => link?.sessions === 1).map(({ name }) => name);
    const areTwo = [names.sort(), atWork].every((each) => `${each}` === 'build-1,build-3');
    return areTwo && hosts.some(({ down }) => down !== null);
  });
  return { pool, daemon, commander: new Commander(context, pool.place) };
}

async function runOn(daemon: DaemonProcess, host: string): Promise<string> {
  const { running } = await daemon.state();
  const run = running.find(({ worker_host }) => worker_host === host);
  if (run === undefined) throw new Error(`nothing runs on ${host}`);
  return run.issue_identifier;
}

describe.concurrent('workers are shown', DAEMON_TEST, () => {
  test('by status, show, issues and explain', async (context) => {
    const { pool, daemon, commander } = await aPoolWithOneDown(context);
    const first = await runOn(daemon, 'build-1');
    const { waiting } = await daemon.state();
    const [last = ''] = waiting.issue_identifiers;

    const status = await commander.says('status');
    const issues = await commander.says('issues');
    const shown = await commander.says('show', first);
    const explained = await commander.says('explain', last);

    expect(status).toMatch(new RegExp(`^${first} .* build-1 `, 'mu'));
    expect(status).toMatch(/^build-1 +1\/1 +\d+$/mu);
    expect(status).toMatch(/^build-2 +0\/1 +\S+ +down for \S+, (?:next try in \S+|being tried now): \S/mu);
    expect(status).toContain(REFUSED);
    expect(issues).toMatch(
      new RegExp(`^${last} .* build-1 1/1, build-2 is down: .*${REFUSED.slice(0, 14)}`, 'mu'),
    );
    expect(shown).toContain(`${join(pool.worker('build-1').sshd.home, 'workspaces', first)} on build-1`);
    expect(explained).toMatch(/^holds +host_free +runs on hosts: build-1 1\/1, build-2 is down: /mu);
  });

  test('by the API, in the state and with each issue', async (context) => {
    const { pool, daemon } = await aPoolWithOneDown(context);
    const first = await runOn(daemon, 'build-1');

    const { hosts } = await daemon.state();
    const issue = IssueResponse.parse((await ask(daemon, `GET /api/v1/${first}`)).body);

    expect(hosts).toMatchObject([
      { name: 'build-1', running: 1, capacity: 1, link: { sessions: 1 }, down: null, draining: false },
      { name: 'build-2', running: 0, capacity: 1, draining: false },
      { name: 'build-3', running: 1, capacity: 1, link: { sessions: 1 }, down: null, draining: false },
    ]);
    expect(hosts[1]?.down?.reason).toContain(REFUSED);
    expect(issue.workspace).toEqual({
      host: 'build-1',
      path: join(pool.worker('build-1').sshd.home, 'workspaces', first),
    });
    expect(issue.history.at(-1)).toMatchObject({ worker_host: 'build-1' });
  });

  test('by the dashboard, in its header and with each run', async (context) => {
    needs(context, 'tmux');
    const { pool, commander } = await aPoolWithOneDown(context);

    const terminal = inTerminal(context, {
      args: [commander.program, 'attach'],
      cwd: pool.place.path,
      env: commander.env,
    });

    await terminal.shows('HOST');
    await terminal.shows('build-2 0/1 down');
    await terminal.shows('build-1 1/1');
    await terminal.shows('build-2 is not used for');
    await terminal.shows('nothing listens at');
  });

  test('in the log, with each run and each removal', async (context) => {
    const { pool, daemon } = await aPoolWithOneDown(context);
    const first = await runOn(daemon, 'build-1');

    pool.order(first, 'done');
    await pool.worker('build-1').loses(`workspaces/${first}`);

    const [removal] = await pool.place.logged('workspace removal started');
    expect(removal).toMatchObject({
      issue_identifier: first,
      host: 'build-1',
      workspace: join(pool.worker('build-1').sshd.home, 'workspaces', first),
    });
    const started = (await pool.place.logged('run started')).find(
      (line) => line['issue_identifier'] === first,
    );
    expect(started).toMatchObject({ host: 'build-1' });
    const [down] = await pool.place.logged('host down');
    expect(down).toMatchObject({ level: 'warn', host: 'build-2', reason: expect.stringContaining(REFUSED) });
  });
});

describe('workers are shown by the page', DAEMON_TEST, () => {
  test('with their load, and the reason why one is down', async (context) => {
    needs(context, 'chromium');
    const { daemon } = await aPoolWithOneDown(context);

    const page = await open(context, daemon.url);

    const workers = page.getByRole('region', { name: /^Workers/u });
    await workers.getByText(REFUSED).waitFor();
    expect(await workers.getByRole('row').allTextContents()).toEqual([
      expect.stringContaining('Condition'),
      expect.stringMatching(/^build-1.*1 \/ 1/u),
      expect.stringMatching(/^build-2.*0 \/ 1.*down for/u),
      expect.stringMatching(/^build-3.*1 \/ 1/u),
    ]);
    await page
      .getByRole('region', { name: /^Running/u })
      .getByText('build-3')
      .waitFor();
  });
});
