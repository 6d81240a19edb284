import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { DAEMON_TEST } from '../../../helpers/board-daemon.js';
import { needsCodex } from '../../../helpers/codex/codex.js';
import { CODEX } from '../../../helpers/codex/installation.js';
import { WorkerPool } from '../../../helpers/worker-pool.js';
import { Commander } from '../../daemon/commander.js';

// Goal: the doctor asks the Codex of each worker for its version and its login, where and as whom agents would work (issue 6, 1).

describe('the doctor', DAEMON_TEST, () => {
  const installed = needsCodex();

  test('tells of each worker the version of its Codex and who is logged in there, with the mend where nobody is', async (context) => {
    const { native } = installed(context, { sandbox: false });
    const pool = await WorkerPool.begin(context, {
      names: ['build-1', 'build-2'],
      sections: { codex: { command: `exec '${native}' app-server` } },
    });
    const { home } = pool.worker('build-1').sshd;
    const env = { PATH: process.env['PATH'], HOME: home };
    execFileSync(native, ['login', '--with-api-key'], { env, input: 'sk-not-a-real-key\n', stdio: 'pipe' });

    const { exitCode, stdout } = await new Commander(context, pool.place).run('doctor');

    expect(exitCode).toBe(1);
    for (const worker of ['build-1', 'build-2'])
      expect(stdout).toMatch(new RegExp(`^OK +${worker} agent +Codex ${CODEX.replaceAll('.', '\\.')}`, 'mu'));
    expect(stdout).toMatch(/^OK +build-1 login +.*an API key/mu);
    expect(stdout).toMatch(/^PROBLEM +build-2 login +Codex is not logged in\n +-> .*codex login/mu);
    expect(stdout).not.toMatch(/^\S+ +(?:agent|login) /mu);
    expect(pool.place.has('home/.codex')).toBe(false);
    expect(pool.workers.flatMap((worker) => worker.sshd.running('codex'))).toEqual([]);
  });
});
