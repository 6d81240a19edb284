import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codexAgent } from '../../../src/agents/codex/index.js';
import { objectOf } from '../../../src/agents/codex/protocol.js';
import { systemClock } from '../../../src/engine/system-clock.js';
import type { SpawnSpec } from '../../../src/ports/host.js';
import {
  aDirectory,
  aSessionStart,
  fixtureCommand,
  openFixture,
  recordingTools,
  type SessionOptions,
  sessionIssue,
} from '../../helpers/agent-session.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';
import '../../helpers/leaks.js';

/** Starts a session that is expected to fail; how it failed, and what it reported. */
async function failedStart(command: string, options: SessionOptions = {}) {
  const setup = await aSessionStart({ ...options, codex: { command, ...options.codex } });
  const started = codexAgent({ clock: systemClock, kind: 'codex' }).startSession(setup.start);
  const error = await started.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { error, events: setup.events() };
}

describe('launch', () => {
  test('uses the workspace as working directory and runs codex.command through the host', async () => {
    const { runTurn, reports, start } = await openFixture('shows-environment', { env: { ADDED: 'added' } });

    await runTurn();

    const said = reports
      .map(({ message }) => message)
      .find((message) => message?.includes(start.workspacePath));
    expect(said).toBe(`${start.workspacePath} no secret added`);
  });

  test('hands the command to `bash -lc` as it is written, quotes included', async () => {
    const directory = await aDirectory();
    const command = `FLAG='a "b" c'; test "$FLAG" = 'a "b" c' && ${fixtureCommand('completes')}`;

    const { runTurn } = await openFixture('completes', { codex: { command }, workspacePath: directory });

    expect(await runTurn()).toEqual({ kind: 'completed' });
  });

  test('keeps tracker secrets from the process', async () => {
    const specs: SpawnSpec[] = [];
    const setup = await aSessionStart({ codex: { command: fixtureCommand('completes') } });
    const { host } = setup.start;
    const spawn = (spec: SpawnSpec) => {
      specs.push(spec);
      return host.spawn(spec);
    };

    const session = await codexAgent({ clock: systemClock, kind: 'codex' }).startSession({
      ...setup.start,
      host: { ...host, spawn },
    });
    await session.close();

    expect(specs.map(({ withoutEnv, cwd, marker }) => ({ withoutEnv, cwd, marker }))).toEqual([
      { withoutEnv: ['SECRET_TOKEN'], cwd: setup.start.workspacePath, marker: 'test-run' },
    ]);
  });

  test('refuses a workspace that is missing', async () => {
    const workspacePath = join(await aDirectory(), 'missing');
    const setup = await aSessionStart({ workspacePath });
    const host = { ...setup.start.host, physicalPath: async () => workspacePath };

    const started = codexAgent({ clock: systemClock, kind: 'codex' }).startSession({ ...setup.start, host });

    await expect(started).rejects.toMatchObject({ code: 'invalid_workspace_cwd' });
  });

  test('refuses a workspace that is a link', async () => {
    const directory = await aDirectory();
    await mkdir(join(directory, 'real'));
    await symlink(join(directory, 'real'), join(directory, 'link'));

    const { error } = await failedStart(fixtureCommand('completes'), {
      workspacePath: join(directory, 'link'),
    });

    expect(error).toMatchObject({ code: 'invalid_workspace_cwd', message: expect.stringContaining('real') });
  });

  test('says how to install a program that is not there', async () => {
    const { error, events } = await failedStart('no-such-codex-here app-server');

    expect(error).toMatchObject({
      code: 'codex_not_found',
      message: expect.stringMatching(
        /no-such-codex-here.*npm install --global @openai\/codex.* full path with app-server behind it/s,
      ),
    });
    expect(events.at(-1)).toBe('startup_failed');
  });

  test.each([
    [
      'wants a terminal, as Codex without its subcommand',
      'echo "Error: stdin is not a terminal" >&2; exit 1',
      /^codex\.command starts no app-server: .*stdin is not a terminal.*; put app-server behind the program, as in codex app-server$/,
    ],
    [
      'has no node to run with',
      '/usr/bin/env -i PATH=/nowhere /usr/bin/env node',
      /^the node that codex\.command runs with was not found \(.*env: .*node.*\); put node on the PATH of a login shell/,
    ],
    [
      'has no node to run with, as a shell says it',
      'echo "codex: line 3: exec: node: not found" >&2; exit 127',
      /^the node that codex\.command runs with was not found/,
    ],
  ])('tells what is missing of a program that %s', async (_what, command, message) => {
    const { error } = await failedStart(command);

    expect(error).toMatchObject({ code: 'port_exit', message: expect.stringMatching(message) });
  });

  test.each([
    ['crashes-before-handshake', /status 1: error: model provider `nowhere` not found$/],
    ['crashes-during-handshake', /status 7/],
  ])(
    'tells the exit status and the last words of a process that ends too early: %s',
    async (name, message) => {
      const { error } = await failedStart(fixtureCommand(name));

      expect(error).toMatchObject({ code: 'port_exit', message: expect.stringMatching(message) });
      expect(String(error)).not.toContain('\u001b');
    },
  );
});

describe('session startup', () => {
  test('follows the protocol: initialize, initialized, thread/start, turn/start', async () => {
    const { runTurn, received, start } = await openFixture('completes', { tools: recordingTools() });

    await runTurn('Fix it.');

    const cwd = start.workspacePath;
    expect(await received()).toEqual([
      {
        id: 1,
        method: 'initialize',
        params: {
          clientInfo: {
            name: 'symphony',
            title: 'Symphony',
            version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
          },
          capabilities: {
            experimentalApi: true,
            optOutNotificationMethods: expect.arrayContaining(['turn/diff/updated']),
          },
        },
      },
      { method: 'initialized', params: {} },
      {
        id: 2,
        method: 'thread/start',
        params: {
          cwd,
          approvalPolicy: 'never',
          config: expect.anything(),
          dynamicTools: [expect.objectContaining({ name: 'local_issue', inputSchema: expect.anything() })],
        },
      },
      {
        id: 3,
        method: 'turn/start',
        params: {
          threadId: 'thread-1',
          input: [{ type: 'text', text: 'Fix it.' }],
          cwd,
          title: `${sessionIssue.identifier}: ${sessionIssue.title}`,
          approvalPolicy: 'never',
          sandboxPolicy: {
            type: 'workspaceWrite',
            writableRoots: [cwd],
            networkAccess: false,
            excludeTmpdirEnvVar: false,
            excludeSlashTmp: false,
          },
        },
      },
    ]);
  });

  test('emits session_started with the thread and turn identities of each turn', async () => {
    const { runTurn, reports, session } = await openFixture('completes');

    await runTurn();
    await runTurn();

    expect(session.threadId).toBe('thread-1');
    expect(reports.filter(({ event }) => event === 'session_started')).toMatchObject([
      { threadId: 'thread-1', turnId: 'turn-1', fields: { session_id: 'thread-1-turn-1' } },
      { threadId: 'thread-1', turnId: 'turn-2', fields: { session_id: 'thread-1-turn-2' } },
    ]);
  });

  test.each([
    ['danger-full-access', { type: 'dangerFullAccess' }],
    ['read-only', { type: 'readOnly', networkAccess: false }],
    ['readOnly', { type: 'readOnly', networkAccess: false }],
  ])('derives the turn sandbox from the thread sandbox %s', async (threadSandbox, expected) => {
    const { runTurn, received } = await openFixture('completes', { codex: { threadSandbox } });

    await runTurn();

    const turn = (await received()).at(-1);
    expect(turn?.['method']).toBe('turn/start');
    expect(objectOf(turn?.['params'])['sandboxPolicy']).toEqual(expected);
  });

  test('sends policies of the settings unchanged', async () => {
    const turnSandboxPolicy = { type: 'workspaceWrite', writableRoots: ['/srv'], networkAccess: true };
    const approvalPolicy = { reject: { sandbox_approval: true } };
    const { runTurn, received } = await openFixture('completes', {
      codex: { turnSandboxPolicy, approvalPolicy },
    });

    await runTurn();

    const [, , thread, turn] = await received();
    expect(thread).toMatchObject({ params: { approvalPolicy } });
    expect(objectOf(turn?.['params'])['sandboxPolicy']).toEqual(turnSandboxPolicy);
  });

  test('works with stand-ins that count lines, answer early, and repeat id 3 for the second turn', async () => {
    const { runTurn, events } = await openFixture('early-replies');

    expect(await runTurn()).toEqual({ kind: 'completed' });
    expect(await runTurn()).toEqual({ kind: 'completed' });

    expect(events().filter((event) => event === 'session_started')).toHaveLength(2);
  });

  test('works with a stand-in that says everything at once and exits', async () => {
    const { runTurn } = await openFixture('runs-ahead');

    expect(await runTurn()).toEqual({ kind: 'completed' });
    expect(await runTurn()).toMatchObject({ kind: 'failed', reason: 'port_exit' });
  });

  test('fails when a request is not answered within the read timeout', async () => {
    const clock = new VirtualClock();
    const setup = await aSessionStart({
      codex: { command: fixtureCommand('hangs-at-start'), readTimeoutMs: 5_000 },
    });
    const started = codexAgent({ clock, kind: 'codex' }).startSession(setup.start);
    const failure = expect(started).rejects.toMatchObject({
      code: 'response_timeout',
      message: expect.stringContaining('initialize'),
    });
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));

    await clock.advance(5_000);

    await failure;
    expect(clock.pending).toBe(0);
  });

  test('can be stopped while it waits, and leaves no process', async () => {
    const stop = new AbortController();
    const setup = await aSessionStart({
      codex: { command: fixtureCommand('hangs-at-start') },
      signal: stop.signal,
      onReport: () => stop.abort(),
    });

    const started = codexAgent({ clock: systemClock, kind: 'codex' }).startSession(setup.start);

    await expect(started).rejects.toMatchObject({ code: 'turn_cancelled' });
    const processId = setup.reports[0]?.processId ?? 0;
    expect(() => process.kill(processId, 0)).toThrow('ESRCH');
  });
});
