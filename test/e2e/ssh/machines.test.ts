import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import { agentCommand, DAEMON_TEST, type DaemonProcess, until } from '../../helpers/board-daemon.js';
import { ask } from '../../helpers/daemon-calls.js';
import { type Worker, WorkerPool } from '../../helpers/worker-pool.js';

// Goal: workers are machines as people have them: few sessions, no room, talkative and slow logins, programs that are not
// there. Each is worked with or told with the reason, and its work is done on it once it was mended (issue 6).

/** Mounts a small file system where the workspaces of a worker go. */
function onASmallDisk(context: TestContext, { sshd }: Worker): string {
  const root = join(sshd.home, 'workspaces');
  mkdirSync(root);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', root]);
  if (mounted.status !== 0) context.skip('because no file system can be mounted here');
  context.onTestFinished(() => {
    spawnSync('umount', ['-l', root]);
  });
  return root;
}

/** A directory with all programs of this machine but one. */
function allProgramsBut(context: TestContext, name: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'symphony-programs-'));
  context.onTestFinished(() => rmSync(directory, { recursive: true }));
  const script = 'ln -sf /usr/local/bin/* /usr/sbin/* /usr/bin/* /sbin/* /bin/* "$1" && rm "$1/$2"';
  const made = spawnSync('sh', ['-c', script, 'sh', directory, name], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`no directory of programs: ${made.stderr}`);
  return directory;
}

/** Waits until the run of A-1 on build-1 has failed and is to be tried again, and returns why. */
async function failure(daemon: DaemonProcess): Promise<string> {
  const { retrying } = await daemon.showing('the failure', ({ retrying: waiting }) =>
    waiting.some(({ issue_identifier, error }) => issue_identifier === 'A-1' && error !== null),
  );
  expect(retrying).toMatchObject([{ issue_identifier: 'A-1', worker_host: 'build-1' }]);
  return retrying[0]?.error ?? '';
}

/** A-1 is worked on at last, once, and its workspace goes. */
async function isDone(pool: WorkerPool, daemon: DaemonProcess, worker: Worker): Promise<void> {
  await daemon.showing('A-1 in a turn', ({ running }) =>
    running.some((run) => run.issue_identifier === 'A-1' && run.turn_count > 0),
  );
  pool.order('A-1', 'done');
  await worker.loses('workspaces/A-1');
  expect(pool.place.stateOf('A-1')).toBe('Done');
  expect(pool.startsOf('A-1')).toEqual([worker.name]);
  expect(pool.doneLocally()).toEqual([]);
}

describe.concurrent('a worker that allows one session on each connection', DAEMON_TEST, () => {
  test('carries several agents on as many connections, and each issue is finished once', async (context) => {
    const pool = await WorkerPool.begin(context, { names: ['build-1'], sshdConfig: ['MaxSessions 1'] });
    const worker = pool.worker('build-1');
    const identifiers = ['A-1', 'A-2', 'A-3', 'A-4'];
    for (const identifier of identifiers) pool.place.issue(identifier);
    const daemon = await pool.place.daemon('--until-idle');

    await daemon.running(...identifiers);
    const { hosts } = await daemon.showing(
      'four sessions',
      ({ hosts: [host] }) => host?.link?.sessions === 4,
    );

    expect(hosts).toMatchObject([{ name: 'build-1', running: 4, down: null }]);
    expect(hosts[0]?.link?.connections).toBeGreaterThan(4);
    for (const identifier of identifiers) pool.order(identifier, 'done');
    expect((await daemon.exited).code).toBe(0);
    expect(daemon.stdout).toContain('4 runs, 0 retries, 0 failures');
    expect(worker.starts().sort()).toEqual(identifiers);
    expect(readdirSync(join(worker.sshd.home, 'workspaces'))).toEqual(['.symphony']);
    expect(pool.doneLocally()).toEqual([]);
    expect(pool.place.log().filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });
});

describe.concurrent('a worker whose workspaces have no place', DAEMON_TEST, () => {
  test.for([
    {
      because: 'the disk is full',
      spoil: (root: string) => spawnSync('sh', ['-c', 'cat /dev/zero >"$1/fill" 2>&1', 'sh', root]),
      mend: (root: string) => spawnSync('rm', [join(root, 'fill')]),
      reason: /on build-1 cannot be used .*No space left on device.*free space/,
    },
    {
      because: 'the file system is read-only',
      spoil: (root: string) => spawnSync('mount', ['-o', 'remount,ro', root]),
      mend: (root: string) => spawnSync('mount', ['-o', 'remount,rw', root]),
      reason: /on build-1 cannot be used .*Read-only file system/,
    },
  ])(
    'as $because is told with the reason, begins nothing, and works once there is room',
    async ({ spoil, mend, reason }, context) => {
      const pool = await WorkerPool.begin(context, { names: ['build-1'] });
      const worker = pool.worker('build-1');
      const root = onASmallDisk(context, worker);
      spoil(root);
      pool.place.issue('A-1');

      const daemon = await pool.place.daemon();
      expect(await failure(daemon)).toMatch(reason);

      const { hosts, problems } = await daemon.state();
      expect(hosts).toMatchObject([{ name: 'build-1', down: null }]);
      expect(problems.at(-1)).toMatchObject({ code: 'workspace_failed', issue_identifier: 'A-1' });
      // Tries follow each other at once, and under way none is explained by the last one.
      await until('the explanation', async () =>
        reason.test((await ask(daemon, 'GET /api/v1/issues/A-1/explain')).text),
      );
      expect(worker.starts()).toEqual([]);
      mend(root);
      await isDone(pool, daemon, worker);
    },
  );
});

describe.concurrent('a worker whose logins take their time and say much', DAEMON_TEST, () => {
  test('in a banner, in every file that a login reads and without a last newline is worked on like any other', async (context) => {
    const pool = await WorkerPool.begin(context, {
      names: ['build-1'],
      sshdConfig: [`Banner ${resolve('README.md')}`, 'PrintMotd yes'],
      sections: { hooks: { before_run: 'echo "hook $SYMPHONY_ISSUE_IDENTIFIER" >> ../../journal' } },
    });
    const worker = pool.worker('build-1');
    const noise = 'echo "{\\"motd\\":true}"; echo aside >&2; printf "Welcome to $WORKER! "\n';
    mkdirSync(join(worker.sshd.home, '.ssh'));
    worker.write('.ssh/rc', noise);
    worker.write('.bashrc', noise);
    worker.write('.bash_profile', `sleep 2\n${noise}`);
    pool.place.issue('A-1');

    const daemon = await pool.place.daemon('--until-idle');
    await isDone(pool, daemon, worker);

    expect((await daemon.exited).code).toBe(0);
    expect(daemon.stdout).toContain('1 run, 0 retries, 0 failures');
    expect(worker.journal().filter((line) => line.startsWith('hook'))).toEqual(['hook A-1']);
  });
});

describe.concurrent('a worker on which a program is not there', DAEMON_TEST, () => {
  test('that is the agent tells so, has its issue wait for it while others work, and does it once it is there', async (context) => {
    const pool = await WorkerPool.begin(context, {
      names: ['build-1', 'build-2'],
      sections: {
        codex: { command: 'the-agent app-server' },
        worker: { max_concurrent_agents_per_host: 1 },
      },
    });
    const [first, second] = [pool.worker('build-1'), pool.worker('build-2')];
    for (const { sshd } of pool.workers) {
      mkdirSync(join(sshd.home, 'bin'));
      writeFileSync(join(sshd.home, '.bash_profile'), 'PATH=$HOME/bin:$PATH\n');
    }
    const install = (worker: Worker): void => {
      const program = `#!/bin/sh\n${agentCommand()}\n`;
      writeFileSync(join(worker.sshd.home, 'bin/the-agent'), program, { mode: 0o755 });
    };
    install(second);
    pool.place.issue('A-1', { priority: 1 });
    pool.place.issue('A-2', { priority: 2 });

    const daemon = await pool.place.daemon();
    expect(await failure(daemon)).toMatch(/^codex_not_found: .*the-agent: command not found/);
    expect(pool.startsOf('A-1')).toEqual([]);
    await second.tells(/^start A-2 /);
    install(first);

    await isDone(pool, daemon, first);
    expect(pool.startsOf('A-2')).toEqual(['build-2']);
  });

  test('that is bash tells so, begins nothing, and works once it is there', async (context) => {
    const programs = allProgramsBut(context, 'bash');
    const pool = await WorkerPool.begin(context, { names: ['build-1'], workerEnv: { PATH: programs } });
    const worker = pool.worker('build-1');
    pool.place.issue('A-1');

    const daemon = await pool.place.daemon();
    expect(await failure(daemon)).toMatch(/^\w+: .*bash was not found/);
    expect(worker.starts()).toEqual([]);
    symlinkSync('/bin/bash', join(programs, 'bash'));

    await isDone(pool, daemon, worker);
  });
});
