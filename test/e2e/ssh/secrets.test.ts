import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import { DAEMON_TEST } from '../../helpers/board-daemon.js';
import { FakeLinear } from '../../helpers/linear/fake-linear.js';
import { ended, linearAgent } from '../../helpers/linear/linear-daemon.js';
import { WorkerPool } from '../../helpers/worker-pool.js';

// Goal: of the daemon's environment a worker gets only what the workflow names, its tracker's key in no case, and the tools
// of the tracker work all the same, because the daemon executes them (issue 6, 6; SPEC 15.3 and Appendix A.1).

/** Writes all variables, one in a line whatever is in it. */
const dump = (what: string): string => `env -0 | tr '\\n\\0' ' \\n' > ../../${what}.env`;
const HOOKS = ['after_create', 'before_run', 'after_run', 'before_remove'];

/** What is set in the environment of the daemon, and never reaches a worker; the first two though the workflow names them. */
const KEPT = ['LINEAR_API_KEY', 'TEAM_KEY', 'SHAPE', 'SYMPHONY_SSH_CONFIG'];

async function aPool(context: TestContext, linear: FakeLinear): Promise<WorkerPool> {
  const { board, url, apiKey } = linear;
  const ofDaemon = { DEPLOY_TOKEN: 'of-the-daemon', COLOUR: 'of-the-daemon', SHAPE: 'of-the-daemon' };
  return await WorkerPool.begin(context, {
    names: ['build-1'],
    env: { LINEAR_API_KEY: apiKey, TEAM_KEY: apiKey, ...ofDaemon },
    workerEnv: { SIGNING_KEY: 'of-the-worker', COLOUR: 'of-the-worker' },
    sections: {
      tracker: {
        kind: 'linear',
        provider: { endpoint: url, api_key: '$TEAM_KEY', project_slug: board.projectSlug },
        terminal_states: ['Done', 'Canceled', 'Duplicate'],
      },
      agent: { env_allow: ['DEPLOY_TOKEN', 'COLOUR', 'LINEAR_API_KEY', 'TEAM_KEY'] },
      hooks: {
        env_allow: ['DEPLOY_TOKEN', 'LINEAR_API_KEY', 'TEAM_KEY'],
        ...Object.fromEntries(HOOKS.map((hook) => [hook, dump(hook)])),
      },
      codex: { command: linearAgent({ order: 'done', before: `${dump('agent')}; ` }) },
    },
  });
}

describe.concurrent('hooks and agents on a worker', DAEMON_TEST, () => {
  test('see what a login there gives them, their issue, and of the daemon what the workflow names', async (context) => {
    const linear = await FakeLinear.start();
    context.onTestFinished(() => linear.close());
    const pool = await aPool(context, linear);
    const { place } = pool;
    const worker = pool.worker('build-1');
    linear.board.put({ identifier: 'ENG-1' });

    const daemon = place.run('--until-idle');

    expect(await ended(daemon, place)).toEqual({ code: 0, signal: null });
    expect(linear.board.issue('ENG-1').state).toBe('Done');
    for (const what of [...HOOKS, 'agent']) {
      const lines = worker.lines(`${what}.env`);
      const names = lines.map((line) => line.split('=', 1)[0] ?? '');
      expect(lines).toContain('SYMPHONY_ISSUE_IDENTIFIER=ENG-1');
      expect(lines).toContain(`HOME=${worker.sshd.home}`);
      expect(lines).toContain('DEPLOY_TOKEN=of-the-daemon');
      expect(lines).toContain(`COLOUR=of-the-${what === 'agent' ? 'daemon' : 'worker'}`);
      expect({ what, kept: names.filter((name) => KEPT.includes(name)) }).toEqual({ what, kept: [] });
      expect({ what, ofLogin: names.includes('SIGNING_KEY') }).toEqual({ what, ofLogin: what === 'agent' });
    }
    expect(filesWith(linear.apiKey, worker.sshd.directory)).toEqual([]);
  });
});

/** The files below a directory that have a text in them; what Symphony keeps there goes a moment after its daemon. */
function filesWith(text: string, directory: string): string[] {
  return (present(() => readdirSync(directory, { withFileTypes: true })) ?? []).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesWith(text, path);
    return entry.isFile() && present(() => readFileSync(path, 'utf8'))?.includes(text) ? [path] : [];
  });
}

/** What is read, undefined when it has gone meanwhile. */
function present<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
