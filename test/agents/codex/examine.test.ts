import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TESTED } from '../../../src/agents/codex/versions.js';
import { examineAgent } from '../../../src/agents/registry.js';
import type { JsonObject } from '../../../src/domain/json.js';
import { systemClock } from '../../../src/engine/system-clock.js';
import { localHost } from '../../../src/hosts/local.js';
import { aDirectory, fixtureCommand } from '../../helpers/agent-session.js';
import { CODEX, OLD_CODEX } from '../../helpers/codex/installation.js';
import { writtenSettings } from '../../helpers/written-settings.js';

// Goal: what would fail every session is told before there is one, and what works is not called in question.

const LOGGED_IN = { account: { type: 'chatgpt', planType: 'team' }, requiresOpenaiAuth: true };
const NO_ACCOUNT = { account: null, requiresOpenaiAuth: false };

interface Setup {
  readonly command?: string;
  readonly version?: string;
  readonly account?: JsonObject;
  readonly config?: JsonObject;
  /** What it warns of once it is introduced. */
  readonly configWarnings?: readonly JsonObject[];
  readonly codexHome?: string;
  readonly variables?: readonly string[];
  readonly readTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Examines a program that speaks as the setup says. */
async function examined(setup: Setup = {}) {
  const { version, account, config, configWarnings, codexHome, variables = [] } = setup;
  const host = localHost({
    PATH: process.env['PATH'],
    ...(version === undefined ? {} : { VERSION: version }),
    ...(account === undefined ? {} : { ACCOUNT: JSON.stringify(account) }),
    ...(configWarnings === undefined ? {} : { CONFIG_WARNINGS: JSON.stringify(configWarnings) }),
    ...(codexHome === undefined ? {} : { CODEX_HOME: codexHome }),
    ...(config === undefined ? {} : { CONFIG: JSON.stringify(config) }),
  });
  onTestFinished(() => host.close());
  return await examineAgent({
    settings: writtenSettings({
      codex: {
        command: setup.command ?? fixtureCommand('has-account'),
        read_timeout_ms: setup.readTimeoutMs ?? 20_000,
      },
    }),
    host,
    clock: systemClock,
    secretEnvironmentNames: [],
    isSet: async (variable) => variables.includes(variable),
    signal: setup.signal ?? new AbortController().signal,
  });
}

describe('the version of Codex', () => {
  test('is tested at both ends of the range that is told', () => {
    expect(TESTED).toEqual({ oldest: OLD_CODEX, newest: CODEX });
  });

  test.each(['0.118.0', '0.150.3', '0.169.0', '0.169.0-alpha.1'])('%s is within it', async (version) => {
    const [agent] = await examined({ version, account: LOGGED_IN });

    expect(agent).toMatchObject({ name: 'agent', verdict: 'ok', mend: null });
    expect(agent?.detail).toContain(`Codex ${version}`);
  });

  test.each([
    ['0.117.9', 'older'],
    ['0.170.0', 'newer'],
    ['1.0.0', 'newer'],
  ])('%s is %s and may do all the same', async (version, word) => {
    const [agent] = await examined({ version, account: LOGGED_IN });

    expect(agent).toMatchObject({ verdict: 'warning', mend: expect.stringContaining('npm install') });
    expect(agent?.detail).toContain(word);
  });

  test('is not made up for a program that does not say that it is Codex', async () => {
    const [agent, login] = await examined();

    expect([agent?.verdict, login?.verdict]).toEqual(['warning', 'warning']);
    expect(agent?.detail).toContain('does not say that it is Codex');
  });
});

describe('the login', () => {
  const version = '0.169.0';

  test('is told by its kind, without a name', async () => {
    const account = { account: { type: 'chatgpt', planType: 'team', email: 'ada@example.com' } };

    const [, login] = await examined({ version, account: { ...account, requiresOpenaiAuth: true } });

    expect(login).toEqual({
      name: 'login',
      verdict: 'ok',
      detail: 'Codex has a ChatGPT account (team)',
      mend: null,
    });
  });

  test('is missing, and how to get one is told', async () => {
    const [, login] = await examined({ version, account: { account: null, requiresOpenaiAuth: true } });

    expect(login).toMatchObject({ verdict: 'problem', detail: 'Codex is not logged in' });
    expect(login?.mend).toContain('codex login');
  });

  test('is not called missing where the configuration is broken, with which no session starts', async () => {
    const configWarning = {
      summary: 'Invalid configuration; using defaults.',
      details: '/home/ada/.codex/config.toml:1:10: unclosed array, expected `]`',
      path: '/home/ada/.codex/config.toml',
    };

    const findings = await examined({
      version,
      account: { account: null, requiresOpenaiAuth: true },
      configWarnings: [{ summary: 'Install bubblewrap', details: null }, configWarning],
    });

    expect(findings.slice(1)).toEqual([
      {
        name: 'configuration',
        verdict: 'problem',
        detail:
          'Codex cannot read its configuration: /home/ada/.codex/config.toml:1:10: unclosed array, expected `]`',
        mend: 'mend /home/ada/.codex/config.toml: no session starts with it',
      },
      { name: 'login', verdict: 'skipped', detail: expect.stringContaining('configuration'), mend: null },
    ]);
  });

  test('is looked at all the same where Codex only warns of a file', async () => {
    const configWarnings = [{ summary: 'Error parsing rules.', path: '/srv/default.rules' }];

    const findings = await examined({ version, account: LOGGED_IN, config: {}, configWarnings });

    expect(findings.slice(1)).toMatchObject([
      { name: 'configuration', verdict: 'warning', detail: expect.stringContaining('Error parsing rules.') },
      { name: 'login', verdict: 'ok' },
    ]);
  });

  describe('is not needed by a model provider with a key of its own', () => {
    const config = { model_provider: 'own', model_providers: { own: { env_key: 'OWN_KEY' } } };

    test('that is set', async () => {
      const [, login] = await examined({ version, account: NO_ACCOUNT, config, variables: ['OWN_KEY'] });

      expect(login).toMatchObject({ verdict: 'ok', detail: expect.stringContaining('OWN_KEY is set') });
    });

    test('but every turn fails without the key, and where it is looked for is told', async () => {
      const codex = join(await aDirectory(), 'codex');
      await writeFile(codex, `#!/bin/sh\n${fixtureCommand('has-account')}\n`, { mode: 0o755 });
      const command = `'${codex}' app-server`;

      const [, login] = await examined({ command, version, account: NO_ACCOUNT, config });

      expect(login).toMatchObject({ verdict: 'problem', mend: expect.stringContaining('export OWN_KEY') });
    });

    test('that stands in a file of Codex itself', async () => {
      const codexHome = await aDirectory();
      await writeFile(join(codexHome, '.env'), '# ours\nexport OWN_KEY="x"\n');

      const [, login] = await examined({ version, account: NO_ACCOUNT, config, codexHome });

      expect(login).toMatchObject({ verdict: 'ok', detail: expect.stringContaining('OWN_KEY is set') });
    });

    test('that a command of several might set, which is not for us to say', async () => {
      const command = `. /dev/null; ${fixtureCommand('has-account')}`;

      const [, login] = await examined({ command, version, account: NO_ACCOUNT, config });

      expect(login).toMatchObject({ verdict: 'warning', mend: expect.stringContaining('export OWN_KEY') });
    });

    test('that codex.command sets', async () => {
      const command = `OWN_KEY=x ${fixtureCommand('has-account')}`;

      const [, login] = await examined({ command, version, account: NO_ACCOUNT, config });

      expect(login).toMatchObject({ verdict: 'ok', detail: expect.stringContaining('codex.command sets') });
    });

    test('or without any', async () => {
      const [, login] = await examined({ version, account: NO_ACCOUNT, config: { model_provider: 'own' } });

      expect(login).toMatchObject({ verdict: 'ok', detail: 'not needed by the model provider own' });
    });
  });
});

describe('a program', () => {
  test('that is not there is a problem, with what to install', async () => {
    const findings = await examined({ command: 'exec no-such-codex app-server' });

    expect(findings).toEqual([expect.objectContaining({ name: 'agent', verdict: 'problem' })]);
    expect(findings[0]?.detail).toContain('codex.command was not found');
    expect(findings[0]?.mend).toContain('npm install --global @openai/codex');
    expect(findings[0]?.mend).toContain('full path with app-server behind it');
  });

  test.each([
    ['a terminal', 'echo "Error: stdin is not a terminal" >&2; exit 1', /^put app-server behind the program/],
    [
      'a node that is not there',
      'echo "/usr/bin/env: ‘node’: No such file or directory" >&2; exit 127',
      /^put node on the PATH of a login shell/,
    ],
  ])('that wants %s is a problem, with what is missing', async (_what, command, mend) => {
    const findings = await examined({ command });

    expect(findings).toEqual([
      expect.objectContaining({ name: 'agent', verdict: 'problem', mend: expect.stringMatching(mend) }),
    ]);
  });

  test('that ends at once is a problem, with what it said', async () => {
    const [agent] = await examined({ command: 'echo "bad config; see line 3" >&2; exit 4' });

    expect(agent).toMatchObject({ verdict: 'problem', mend: expect.stringContaining('codex.command') });
    expect(agent?.detail).toContain('bad config; see line 3');
  });

  test('that says nothing is a problem after codex.read_timeout_ms', async () => {
    const [agent] = await examined({ command: 'cat >/dev/null', readTimeoutMs: 300 });

    expect(agent).toMatchObject({ verdict: 'problem', mend: expect.stringContaining('read_timeout_ms') });
  });

  test('that says nothing is ended when nobody waits any more', async () => {
    const ending = new AbortController();
    const examination = examined({ command: 'echo started >&2; cat >/dev/null', signal: ending.signal });

    ending.abort(new Error('given up'));

    await expect(examination).rejects.toThrow('given up');
  });
});

test('an agent of our own needs nothing', async () => {
  const host = localHost({});
  onTestFinished(() => host.close());

  const findings = await examineAgent({
    settings: writtenSettings({ agent: { kind: 'scripted' } }),
    host,
    clock: systemClock,
    secretEnvironmentNames: [],
    isSet: async () => false,
    signal: new AbortController().signal,
  });

  expect(findings).toMatchObject([{ name: 'agent', verdict: 'ok' }]);
});
