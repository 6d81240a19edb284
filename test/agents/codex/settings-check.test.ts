import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codexAgent } from '../../../src/agents/codex/index.js';
import { Notices } from '../../../src/agents/notices.js';
import type { CodexSettings } from '../../../src/domain/settings.js';
import { localHost } from '../../../src/hosts/local.js';
import type { Clock } from '../../../src/ports/clock.js';
import type { HostProcess, SpawnSpec } from '../../../src/ports/host.js';
import { aDirectory, aSessionStart, fixtureCommand } from '../../helpers/agent-session.js';
import { until } from '../../helpers/board-daemon.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';
import { GRANULAR_SCHEMA, LIKE_CODEX } from './like-codex.js';
import '../../helpers/leaks.js';

// Goal: settings that every session would refuse are refused before there is one, and nobody else has to wait for it.

interface CheckOptions {
  readonly codex?: Partial<CodexSettings>;
  /** See fixtures/agents/like-codex.mjs. */
  readonly env?: Readonly<Record<string, string>>;
  readonly isStart?: boolean;
  readonly clock?: Clock;
}

/** An agent that is asked about settings, what its operator is told, and what is started for it. */
async function anAskedAgent({
  codex,
  env = {},
  isStart = false,
  clock = new VirtualClock(),
}: CheckOptions = {}) {
  const warnings: string[] = [];
  const started: SpawnSpec[] = [];
  const processes: HostProcess[] = [];
  const notices = new Notices((code, message, key) => warnings.push(`${code} ${key}: ${message}`));
  const agent = codexAgent({ clock, kind: 'codex', notices });
  const runs = join(await aDirectory(), 'runs');
  const local = localHost({ ...process.env, SCHEMA: GRANULAR_SCHEMA, SCHEMA_RUNS: runs, ...env });
  const host = {
    ...local,
    spawn: async (spec: SpawnSpec) => {
      started.push(spec);
      const process = await local.spawn(spec);
      processes.push(process);
      return process;
    },
  };
  const { start } = await aSessionStart({ codex: { command: LIKE_CODEX, ...codex } });
  const { settings } = start;
  return {
    warnings,
    started,
    runs,
    /** All that was started has ended. */
    ended: async () => {
      await until('what was started', () => processes.length === started.length);
      await Promise.all(processes.map(({ exited }) => exited));
    },
    check: async () =>
      await agent.check?.({ settings, host, secretEnvironmentNames: ['SECRET_TOKEN'], isStart }),
    startSession: () => agent.startSession({ ...start, host }),
  };
}

describe('a setting that the installed version does not accept', () => {
  test.each([
    [
      { approvalPolicy: 'full-auto' },
      'codex.approval_policy',
      /^codex\.approval_policy is "full-auto", which Codex 0\.169\.0 does not accept; set it to untrusted, on-request, never, or a map granular of true and false for /,
    ],
    [
      { approvalPolicy: { granular: { sandbox_approval: true } } },
      'codex.approval_policy',
      /"granular".*mcp_elicitations, /,
    ],
    [
      { turnSandboxPolicy: { type: 'workspace-write' } },
      'codex.turn_sandbox_policy',
      /^codex\.turn_sandbox_policy is "workspace-write".*set its type to dangerFullAccess, readOnly or workspaceWrite$/,
    ],
    [{ turnSandboxPolicy: 'inherit' }, 'codex.turn_sandbox_policy', /"inherit"/],
    [
      { threadSandbox: 'workspace-wirte' },
      'codex.thread_sandbox',
      /^codex\.thread_sandbox is "workspace-wirte".*set it to read-only, workspace-write or danger-full-access$/,
    ],
    [
      { threadSandbox: 'workspace-wirte', trustWorkspace: true },
      'codex.thread_sandbox',
      /Codex 0\.169\.0 does not accept; set it to read-only, workspace-write or danger-full-access$/,
    ],
  ])('is refused with its key and what is accepted: %j', async (codex, key, message) => {
    const { check } = await anAskedAgent({ codex });

    await expect(check()).rejects.toMatchObject({
      code: 'agent_bad_request',
      key,
      message: expect.stringMatching(message),
    });
  });
});

describe('a setting that is accepted', () => {
  test.each([
    [{}],
    [{ approvalPolicy: 'untrusted', threadSandbox: 'read-only' }],
    [{ threadSandbox: 'danger-full-access', trustWorkspace: true }],
    [{ turnSandboxPolicy: { type: 'workspaceWrite', networkAccess: true } }],
    [{ threadSandbox: 'of-no-use', turnSandboxPolicy: { type: 'readOnly' } }],
  ])('by every version starts no program: %j', async (codex) => {
    const { check, started } = await anAskedAgent({ codex });

    await check();

    expect(started).toEqual([]);
  });

  test('by the installed version passes as it is', async () => {
    const granular = { sandbox_approval: true, rules: false, mcp_elicitations: false };
    const { check, warnings } = await anAskedAgent({ codex: { approvalPolicy: { granular } } });

    await check();

    expect(warnings).toEqual([]);
  });

  test.each([['on-failure'], [{ reject: { sandbox_approval: true, rules: true, mcp_elicitations: true } }]])(
    'in other words passes, and the operator is told once, sessions included: %j',
    async (approvalPolicy) => {
      const { check, startSession, warnings, runs } = await anAskedAgent({ codex: { approvalPolicy } });

      await check();
      await startSession().then((session) => session.close());

      expect(warnings).toEqual([
        expect.stringMatching(
          /^setting_translated codex\.approval_policy: .* not accepted by Codex 0\.169\.0; /,
        ),
      ]);
      expect(await readFile(runs, 'utf8')).toBe('run\n');
    },
  );
});

describe('the program that is asked', () => {
  const codex = { approvalPolicy: 'full-auto' };

  test('sees no secret of the tracker, and no repository', async () => {
    const { check, started } = await anAskedAgent({ codex });

    await expect(check()).rejects.toThrow('full-auto');

    expect(started.map(({ withoutEnv, cwd }) => ({ withoutEnv, cwd }))).toEqual([
      { withoutEnv: ['SECRET_TOKEN'], cwd: '/' },
    ]);
  });

  test('is asked anew by each check, as it may be another one by now', async () => {
    const { check, runs } = await anAskedAgent({ codex });

    await expect(check()).rejects.toThrow('full-auto');
    await expect(check()).rejects.toThrow('full-auto');

    expect(await readFile(runs, 'utf8')).toBe('run\nrun\n');
  });

  test.each<[string, CheckOptions]>([
    ['does not say that it is Codex', { env: { VERSION: 'stand-in 1.0' } }],
    ['has no schema', { env: { SCHEMA: '' } }],
    ['describes its policies in another way', { env: { SCHEMA: '[]' } }],
    ['ends at once', { codex: { command: 'exit 3; codex app-server' } }],
    ['is not started by words that more could follow', { codex: { command: `${LIKE_CODEX}; true` } }],
    ['speaks the protocol alone', { codex: { command: fixtureCommand('completes') } }],
  ])('has nothing refused when it %s', async (_what, options) => {
    const { check, warnings } = await anAskedAgent({ ...options, codex: { ...codex, ...options.codex } });

    await check();

    expect(warnings).toEqual([]);
  });

  test('is given up when it never answers', async () => {
    const clock = new VirtualClock();
    const { check, runs, warnings } = await anAskedAgent({ codex, clock, env: { SCHEMA: 'hangs' } });
    const checked = check();
    await until('the schema is asked for', () => existsSync(runs) && clock.pending > 0);

    await clock.advance(10_000);
    await checked;

    expect(warnings).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('a program that is missing', () => {
  const MISSING =
    /^codex_not_found codex\.command: codex\.command: no-such-codex-here was not found on the PATH of a login shell.*npm install --global @openai\/codex/;

  test.each([
    ['because a policy had to be held against it', { approvalPolicy: 'on-failure' }, false],
    ['at the start', {}, true],
  ])('is told %s, and keeps nobody from starting', async (_when, codex, isStart) => {
    const command = 'no-such-codex-here -c \'model="x"\' app-server';
    const { check, warnings } = await anAskedAgent({ codex: { command, ...codex }, isStart });

    await check();

    await until('the warning', () => warnings.length > 0);
    expect(warnings).toEqual([expect.stringMatching(MISSING)]);
  });

  test('is not told of one that is there and misses its node', async () => {
    const codex = join(await aDirectory(), 'codex');
    await writeFile(codex, '#!/usr/bin/env no-such-node\n', { mode: 0o755 });
    const command = `'${codex}' app-server`;
    const { check, warnings } = await anAskedAgent({ codex: { command, approvalPolicy: 'on-failure' } });

    await check();

    expect(warnings).toEqual([]);
  });

  test.each([
    ['is there', `exec '${process.execPath}' app-server`],
    ['depends on the workspace', './tools/codex app-server'],
    ['cannot be read off the command', 'CODEX_HOME=/srv no-such-codex-here app-server'],
    ['is no app-server by its words', 'no-such-codex-here'],
  ])('is not told when the program %s', async (_what, command) => {
    const { check, ended, warnings } = await anAskedAgent({ codex: { command }, isStart: true });

    await check();
    await ended();

    expect(warnings).toEqual([]);
  });
});
