import { describe, expect, type TestContext, test } from 'vitest';
import { stringify } from 'yaml';
import { DAEMON_TEST, until } from '../../../helpers/board-daemon.js';
import { needsCodex } from '../../../helpers/codex/codex.js';
import { codexCommand } from '../../../helpers/codex/codex-command.js';
import { moveTo, SCRIPTED_PROMPT } from '../../../helpers/codex/codex-scene.js';
import { type ModelServer, startModelServer } from '../../../helpers/codex/model-server.js';
import { scriptsOfIssues } from '../../../helpers/codex/script.js';
import { Operator } from '../../../helpers/daemon-calls.js';
import { ended } from '../../../helpers/linear/linear-daemon.js';
import { alive, HARD_TREE, HARD_TREE_SIZE, leftOf } from '../../../helpers/processes.js';
import { WorkerPool } from '../../../helpers/worker-pool.js';

// Goal: the real Codex on the far side of SSH is worked with as it is here: tools of the tracker, threads, stops (issue 6).

interface CodexPool {
  readonly pool: WorkerPool;
  readonly model: ModelServer;
  /** Puts an issue on the board whose text is the script. */
  put(identifier: string, script: string, priority?: number): void;
}

/** Two workers, on each of which Codex has a directory of its own. */
async function aCodexPool(
  context: TestContext,
  program: string,
  { codex = {}, hooks = {} }: { readonly codex?: object; readonly hooks?: object } = {},
): Promise<CodexPool> {
  const model = await startModelServer(scriptsOfIssues, { kind: 'silence' }, { context });
  const pool = await WorkerPool.begin(context, {
    names: ['build-1', 'build-2'],
    workerEnv: { LOOPBACK_KEY: 'none' },
    sections: { codex: { command: codexCommand(model.baseUrl, { program }), ...codex }, hooks: { ...hooks } },
  });
  pool.place.workflow({}, SCRIPTED_PROMPT);
  return {
    pool,
    model,
    put: (identifier, script, priority = 1) => {
      const fields = { identifier, title: `Title of ${identifier}`, state: 'Todo', priority };
      pool.place.write(`board/${identifier}.md`, `---\n${stringify(fields)}---\n${script}\n`);
    },
  };
}

function threadsOf({ model }: CodexPool, key: string): string[] {
  return [...new Set(model.requests.flatMap((request) => (request.key === key ? [request.thread] : [])))];
}

describe.concurrent('the real Codex on workers', DAEMON_TEST, () => {
  const installed = needsCodex();

  test('works issues to their end, each on its worker, with the tool of the tracker at the daemon', async (context) => {
    const { native } = installed(context);
    const { pool, put } = await aCodexPool(context, native, {
      hooks: { after_run: 'cat seen >> ../../seen' },
    });
    const script = `[[exec: echo "$SYMPHONY_ISSUE_IDENTIFIER on $WORKER" > seen]] ${moveTo('Done')} [[say: Done.]]`;
    put('A-1', script, 1);
    put('A-2', script, 2);

    const daemon = pool.place.run('--until-idle');

    expect(await ended(daemon, pool.place)).toEqual({ code: 0, signal: null });
    expect(daemon.stdout).toContain('2 runs, 0 retries, 0 failures');
    for (const [index, worker] of pool.workers.entries()) {
      expect(worker.lines('seen')).toEqual([`A-${index + 1} on ${worker.name}`]);
      expect(worker.has('.codex/sessions')).toBe(true);
      expect(worker.has(`workspaces/A-${index + 1}`)).toBe(false);
      expect(worker.has('board')).toBe(false);
      expect(pool.place.stateOf(`A-${index + 1}`)).toBe('Done');
    }
    expect(pool.place.has('home/.codex')).toBe(false);
    expect(pool.doneLocally()).toEqual([]);
    expect(pool.place.log().filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });

  test('goes on with its thread on the worker that has it, after a failure', async (context) => {
    const { native } = installed(context);
    const scene = await aCodexPool(context, native);
    const { pool, model, put } = scene;
    put('A-1', '[[hold]]', 1);
    put('A-2', '[[exec: echo half > made]] [[fail: server_is_overloaded]] [[hold]] [[say: Whole.]]', 2);
    const daemon = await pool.place.daemon();

    await until(
      'the retry',
      () => model.isHolding('A-2'),
      () => pool.explain(),
    );

    expect(threadsOf(scene, 'A-2')).toHaveLength(1);
    const { running } = await daemon.state();
    expect(running.find(({ issue_identifier }) => issue_identifier === 'A-2')).toMatchObject({
      worker_host: 'build-2',
      attempt: 1,
    });
    expect(pool.worker('build-2').lines('workspaces/A-2/made')).toEqual(['half']);
  });

  test('ends with all that its commands have started when a person stops it, and goes on with its thread when told to', async (context) => {
    const { native } = installed(context, { sandbox: false });
    const scene = await aCodexPool(context, native, { codex: { thread_sandbox: 'danger-full-access' } });
    const { pool, model, put } = scene;
    const worker = pool.worker('build-1');
    put('A-1', `[[exec: exec > ../../numbers\n${HARD_TREE}]] [[hold]] ${moveTo('Done')} [[say: Done.]]`);
    const daemon = await pool.place.daemon();
    const operator = new Operator(pool.place, daemon);
    await until(
      'the command',
      () => worker.lines('numbers').length === HARD_TREE_SIZE,
      () => pool.explain(),
    );
    const tree = worker.lines('numbers').map(Number);
    expect(alive(tree)).toHaveLength(HARD_TREE_SIZE);

    await operator.order('stop', 'A-1');
    await daemon.showing('A-1 parked', ({ counts }) => counts.parked === 1);
    expect(await leftOf(tree)).toEqual([]);
    expect(worker.sshd.running('codex')).toEqual([]);

    await operator.order('retry', 'A-1');
    await until(
      'the thread again',
      () => model.isHolding('A-1'),
      () => pool.explain(),
    );
    model.release('A-1');
    await worker.loses('workspaces/A-1');
    expect(pool.place.stateOf('A-1')).toBe('Done');
    expect(threadsOf(scene, 'A-1')).toHaveLength(1);
    expect(pool.worker('build-2').has('workspaces')).toBe(false);
  });
});
