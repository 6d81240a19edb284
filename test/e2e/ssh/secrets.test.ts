import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DAEMON_TEST } from '../../helpers/board-daemon.js';
import { FakeLinear } from '../../helpers/linear/fake-linear.js';
import { ended, linearAgent } from '../../helpers/linear/linear-daemon.js';
import { WorkerPool } from '../../helpers/worker-pool.js';

// Goal: nothing of the daemon's environment reaches a worker, its tracker's key least of all, and the tools of the tracker
// work all the same, because the daemon executes them (issue 6, 6; SPEC 15.3 and Appendix A.1).

/** Writes all variables, one in a line whatever is in it. */
const dump = (what: string): string => `env -0 | tr '\\n\\0' ' \\n' > ../../${what}.env`;
const DUMPS = ['after_create', 'before_run', 'agent', 'after_run', 'before_remove'];

test.concurrent(
  'hooks and agents on a worker see what a login there gives them and their issue, and nothing of the daemon',
  DAEMON_TEST,
  async (context) => {
    const linear = await FakeLinear.start();
    context.onTestFinished(() => linear.close());
    const { board, url, apiKey } = linear;
    const own = { LINEAR_API_KEY: apiKey, DEPLOY_TOKEN: 'of-the-daemon', COLOUR: 'of-the-daemon' };
    const [afterCreate, beforeRun, agent, afterRun, beforeRemove] = DUMPS.map(dump);
    const pool = await WorkerPool.begin(context, {
      names: ['build-1'],
      env: own,
      workerEnv: { DEPLOY_TOKEN: 'of-the-worker', SIGNING_KEY: 'of-the-worker', SHADE: 'of-the-worker' },
      sections: {
        tracker: {
          kind: 'linear',
          provider: { endpoint: url, api_key: '$LINEAR_API_KEY', project_slug: board.projectSlug },
          terminal_states: ['Done', 'Canceled', 'Duplicate'],
        },
        agent: { env_allow: ['DEPLOY_TOKEN', 'COLOUR', 'LINEAR_API_KEY'] },
        hooks: {
          env_allow: ['DEPLOY_TOKEN', 'COLOUR', 'LINEAR_API_KEY'],
          after_create: afterCreate ?? '',
          before_run: beforeRun ?? '',
          after_run: afterRun ?? '',
          before_remove: beforeRemove ?? '',
        },
        codex: { command: linearAgent({ order: 'done', before: `${agent}; ` }) },
      },
    });
    const { place } = pool;
    const worker = pool.worker('build-1');
    board.put({ identifier: 'ENG-1' });

    const daemon = place.run('--until-idle');

    expect(await ended(daemon, place)).toEqual({ code: 0, signal: null });
    expect(board.issue('ENG-1').state).toBe('Done');
    for (const what of DUMPS) {
      const seen = new Map(worker.lines(`${what}.env`).map((line) => [line.split('=', 1)[0], line]));
      expect(seen.get('SYMPHONY_ISSUE_IDENTIFIER')).toBe('SYMPHONY_ISSUE_IDENTIFIER=ENG-1');
      expect(seen.get('HOME')).toBe(`HOME=${worker.sshd.home}`);
      expect([what, seen.get('SHADE')]).toEqual([what, 'SHADE=of-the-worker']);
      expect([what, seen.get('DEPLOY_TOKEN')]).toEqual([what, 'DEPLOY_TOKEN=of-the-worker']);
      const ofDaemon = ['LINEAR_API_KEY', 'COLOUR', 'SYMPHONY_SSH_CONFIG', 'SSH_AUTH_SOCK'];
      expect([what, ofDaemon.filter((name) => seen.has(name))]).toEqual([what, []]);
      expect([what, seen.has('SIGNING_KEY')]).toEqual([what, what === 'agent']);
    }
    expect(filesWith(apiKey, worker.sshd.directory)).toEqual([]);
    expect(filesWith('of-the-daemon', worker.sshd.directory)).toEqual([]);
  },
);

/** The files below a directory that have a text in them. */
function filesWith(text: string, directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    return entry.isFile() && readFileSync(path, 'utf8').includes(text) ? [path] : [];
  });
}
