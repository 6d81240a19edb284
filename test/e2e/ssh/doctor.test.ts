import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, until } from '../../helpers/board-daemon.js';
import { WorkerPool } from '../../helpers/worker-pool.js';
import { Commander } from '../daemon/commander.js';

// Goal: before anything runs, one command tells of each worker what is missing, with the mend (issue 6, 1).

describe.concurrent('the doctor', DAEMON_TEST, () => {
  test('looks at each worker, tells why one cannot be used and how to mend it, and leaves nothing there', async (context) => {
    const pool = await WorkerPool.begin(context, {
      sections: { codex: { command: 'codex-of-nowhere app-server' } },
    });
    const [first, , third] = pool.workers;
    pool.configure({ 'build-2': ['Port 1'] });
    pool.know({ 'build-3': first?.sshd.hostKey ?? '' });

    const { exitCode, stdout } = await new Commander(context, pool.place).run('doctor');

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^OK +build-1 +answers at /mu);
    expect(stdout).toMatch(/^OK +build-1 bash /mu);
    expect(stdout).toMatch(/^OK +build-1 git /mu);
    expect(stdout).toMatch(/^PROBLEM +build-1 agent .*codex-of-nowhere/mu);
    expect(stdout).toMatch(/^\S+ +build-1 workspace root .*\/home\/workspaces/mu);
    expect(stdout).toMatch(/^PROBLEM +build-2 +nothing listens at 127\.0\.0\.1:1 \(ECONNREFUSED\)/mu);
    expect(stdout).toMatch(/^PROBLEM +build-3 +its host key has changed.*\n +-> .*ssh-keygen -f .* -R /mu);
    expect(stdout).not.toMatch(/^\S+ +build-[23] (?:bash|git|agent)/mu);
    expect(third?.journal()).toEqual([]);
    await until('nothing left', () =>
      pool.workers.every(({ sshd }) => readdirSync(join(sshd.directory, 'tmp')).length === 0),
    );
    expect(first?.has('workspaces')).toBe(false);
  });
});
