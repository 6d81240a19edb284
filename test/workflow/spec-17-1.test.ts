import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SymphonyError } from '../../src/domain/error.js';
import { loadWorkflow, parseWorkflow } from '../../src/workflow/load.js';
import type { KnownTracker } from '../../src/workflow/settings.js';
import { aLoadContext, anIssue } from '../helpers/build.js';
import { aFollowedWorkflow, workflowText } from '../helpers/followed-workflow.js';

// Goal: SPEC 17.1 bullet by bullet, in its words; details are in the files beside this one. Which path is taken is the
// command line's business and tested there.

async function aFile(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'symphony-workflow-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'WORKFLOW.md');
  await writeFile(file, text);
  return file;
}

async function errorOf(loading: Promise<unknown>): Promise<SymphonyError> {
  const error = await loading.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof SymphonyError) return error;
  throw new Error('expected a SymphonyError', { cause: error });
}

function settingsOf(yaml: string, context = aLoadContext()) {
  const text = `---\ntracker:\n  kind: board\n${yaml}\n---\n`;
  return parseWorkflow('/srv/team/WORKFLOW.md', text, context).settings;
}

describe('a change of the file', () => {
  test('workflow file changes are detected and trigger re-read/re-apply without restart', async () => {
    const { file, watch, next } = await aFollowedWorkflow();
    watch.start();

    writeFileSync(file, workflowText(9000));

    expect(await next()).toBe('reload 9000');
    expect(watch.current.settings.polling.intervalMs).toBe(9000);
    expect(await watch.current.prompt(anIssue(), null)).toBe('Every 9000');
  });

  test('invalid workflow reload keeps last known good effective configuration and emits an operator-visible error', async () => {
    const { file, watch, next } = await aFollowedWorkflow();
    watch.start();

    writeFileSync(file, workflowText(9000).replace('interval_ms: 9000', 'interval_ms: often'));

    expect(await next()).toBe('break invalid_workflow_config');
    expect(watch.current.settings.polling.intervalMs).toBe(1000);
    expect(await watch.current.prompt(anIssue(), null)).toBe('Every 1000');
  });
});

describe('errors of the file', () => {
  test('missing WORKFLOW.md returns typed error', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'symphony-workflow-')), 'WORKFLOW.md');
    onTestFinished(() => rm(join(file, '..'), { recursive: true }));

    const error = await errorOf(loadWorkflow(file, aLoadContext()));

    expect(error.code).toBe('missing_workflow_file');
    expect(error.message).toContain(file);
    expect(error.message).toContain('ENOENT');
  });

  test('invalid YAML front matter returns typed error', async () => {
    const file = await aFile('---\ntracker: [board\n---\n');

    expect(await errorOf(loadWorkflow(file, aLoadContext()))).toMatchObject({ code: 'workflow_parse_error' });
  });

  test('front matter non-map returns typed error', async () => {
    const file = await aFile('---\n- tracker\n---\n');

    expect(await errorOf(loadWorkflow(file, aLoadContext()))).toMatchObject({
      code: 'workflow_front_matter_not_a_map',
    });
  });
});

describe('settings', () => {
  test('config defaults apply when OPTIONAL values are missing', () => {
    expect(settingsOf('')).toEqual({
      tracker: {
        kind: 'board',
        provider: {},
        activeStates: ['Todo', 'In Progress'],
        terminalStates: ['Closed', 'Done'],
        requiredLabels: [],
      },
      polling: { intervalMs: 30_000 },
      workspace: {
        root: join(tmpdir(), 'symphony_workspaces'),
        remoteRoot: '/tmp/symphony_workspaces',
        isShared: false,
      },
      hooks: {
        afterCreate: null,
        beforeRun: null,
        afterRun: null,
        beforeRemove: null,
        timeoutMs: 60_000,
        envAllow: [],
      },
      agent: {
        kind: 'codex',
        maxConcurrentAgents: 10,
        maxTurns: 20,
        maxRetryBackoffMs: 300_000,
        maxConcurrentAgentsByState: {},
        envAllow: [],
      },
      codex: {
        command: 'codex app-server',
        approvalPolicy: 'on-request',
        threadSandbox: 'workspace-write',
        turnSandboxPolicy: null,
        turnTimeoutMs: 3_600_000,
        readTimeoutMs: 5_000,
        stallTimeoutMs: 300_000,
        commandTimeoutMs: 0,
        trustWorkspace: false,
        resume: true,
      },
      server: { port: null, host: '127.0.0.1', token: null, allowedHosts: [] },
      worker: { sshHosts: [], maxConcurrentAgentsPerHost: null },
      observability: { dashboardEnabled: true, refreshMs: 1_000, renderIntervalMs: 16 },
    });
  });

  test('`tracker.kind` validation enforces an implementation-supported adapter', () => {
    const parse = (text: string) => () => parseWorkflow('WORKFLOW.md', text, aLoadContext());

    expect(parse('---\ntracker: {kind: jira}\n---\n')).toThrow(
      /tracker\.kind: "jira" is not supported.*board/,
    );
    expect(parse('Only a prompt')).toThrow(/tracker\.kind is missing.*board/);
  });

  test('`tracker.provider` preserves adapter-owned keys and validates them through the selected adapter', () => {
    const seen: unknown[] = [];
    const accepting = aLoadContext({ board: { validate: (...given) => seen.push(given) }, env: { A: 'b' } });
    const refusing = aLoadContext({
      board: {
        validate() {
          throw new SymphonyError('invalid_tracker_config', 'tracker.provider.scope is missing');
        },
      },
    });
    const yaml = '  provider: {scope: x, Extra: {deep: [1, null, true]}}';
    const provider = { scope: 'x', Extra: { deep: [1, null, true] } };

    expect(settingsOf(yaml, accepting).tracker.provider).toEqual(provider);
    expect(seen).toEqual([
      [
        expect.objectContaining({ provider, activeStates: ['Todo', 'In Progress'] }),
        { workflowDir: '/srv/team', env: accepting.env },
      ],
    ]);
    expect(() => settingsOf(yaml, refusing)).toThrow(
      expect.objectContaining({ code: 'invalid_tracker_config', message: expect.stringContaining('line 4') }),
    );
  });

  test('`$VAR` resolution works for documented adapter secret keys and path values', () => {
    const board: Partial<KnownTracker> = {
      validate({ provider }, { env }) {
        const key = String(provider['api_key']).slice(1);
        if (!env[key]) {
          throw new SymphonyError('missing_tracker_secret', `tracker.provider.api_key: ${key} is not set`);
        }
      },
    };
    const yaml = '  provider: {api_key: $BOARD_KEY}\nworkspace:\n  root: $ROOT';
    const env = { BOARD_KEY: 'secret', ROOT: '/srv/workspaces' };

    const settings = settingsOf(yaml, aLoadContext({ board, env }));

    expect(settings.workspace.root).toBe('/srv/workspaces');
    expect(settings.tracker.provider).toEqual({ api_key: '$BOARD_KEY' });
    expect(() => settingsOf(yaml, aLoadContext({ board, env: { ...env, BOARD_KEY: '' } }))).toThrow(
      expect.objectContaining({ code: 'missing_tracker_secret' }),
    );
  });

  test('`~` path expansion works', () => {
    expect(settingsOf('workspace:\n  root: ~/code').workspace.root).toBe('/home/someone/code');
  });

  test('`codex.command` is preserved as a shell command string', () => {
    const command = `\${CODEX:-codex} --config 'model="x"' "$PWD" ~/x | tee log `;

    expect(settingsOf(`codex:\n  command: ${JSON.stringify(command)}`).codex.command).toBe(command);
  });

  test('per-state concurrency override map normalizes state names and ignores invalid values', () => {
    const yaml =
      'agent:\n  max_concurrent_agents_by_state: {" In Progress ": 2, Todo: 0, Rework: many, Review: "3"}';

    expect(settingsOf(yaml).agent.maxConcurrentAgentsByState).toEqual({ 'in progress': 2, review: 3 });
  });
});

describe('the prompt', () => {
  test('prompt template renders `issue` and `attempt`', async () => {
    const workflow = parseWorkflow(
      'WORKFLOW.md',
      '---\ntracker: {kind: board}\n---\n{{ issue.identifier }}: {{ issue.title }}, attempt {{ attempt }}\n',
      aLoadContext(),
    );

    expect(await workflow.prompt(anIssue({ identifier: 'MT-7', title: 'Mend it' }), 2)).toBe(
      'MT-7: Mend it, attempt 2',
    );
  });

  test('prompt rendering fails on unknown variables (strict mode)', async () => {
    const workflow = parseWorkflow(
      'WORKFLOW.md',
      '---\ntracker: {kind: board}\n---\n{{ issue.number }}\n',
      aLoadContext(),
    );

    expect(await errorOf(workflow.prompt(anIssue(), null))).toMatchObject({ code: 'template_render_error' });
  });
});
