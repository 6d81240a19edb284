import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { examineAgent } from '../../../src/agents/registry.js';
import { systemClock } from '../../../src/engine/system-clock.js';
import { localHost } from '../../../src/hosts/local.js';
import { needsCodex } from '../../helpers/codex/codex.js';
import { codexCommand } from '../../helpers/codex/codex-command.js';
import { CODEX, OLD_CODEX, wrapperOf } from '../../helpers/codex/installation.js';
import { aDirectory } from '../../helpers/symphony.js';
import { writtenSettings } from '../../helpers/written-settings.js';

// Goal: what the doctor tells of Codex is what the real one says of itself, the oldest as the newest.

/** Nothing listens there; Codex asks its model only in a turn. */
const PROVIDER_URL = 'http://127.0.0.1:9/v1';

async function examined(command: string, home: string, variables: readonly string[] = []) {
  const host = localHost({ PATH: process.env['PATH'], HOME: home });
  onTestFinished(() => host.close());
  return await examineAgent({
    settings: writtenSettings({ codex: { command, read_timeout_ms: 60_000 } }),
    host,
    clock: systemClock,
    secretEnvironmentNames: [],
    isSet: async (variable) => variables.includes(variable),
    signal: new AbortController().signal,
  });
}

describe.each([CODEX, OLD_CODEX])('Codex %s', (version) => {
  const codex = needsCodex(version);
  const command = `exec '${wrapperOf(version)}' app-server`;

  test('that nobody logged in', async (context) => {
    codex(context, { sandbox: false });

    expect(await examined(command, aDirectory())).toMatchObject([
      { name: 'agent', verdict: 'ok', detail: expect.stringContaining(`Codex ${version}`) },
      { name: 'login', verdict: 'problem', detail: 'Codex is not logged in' },
    ]);
  });

  test('that cannot read its configuration', async (context) => {
    codex(context, { sandbox: false });
    const home = aDirectory();
    mkdirSync(join(home, '.codex'));
    writeFileSync(join(home, '.codex/config.toml'), 'model = [\n');

    expect(await examined(command, home)).toMatchObject([
      { name: 'agent', verdict: 'ok' },
      {
        name: 'configuration',
        verdict: 'problem',
        detail: expect.stringMatching(/config\.toml:1:\d+: unclosed array/),
        mend: expect.stringContaining('config.toml'),
      },
      { name: 'login', verdict: 'skipped' },
    ]);
  });

  test('that is started without its subcommand', async (context) => {
    codex(context, { sandbox: false });

    expect(await examined(`exec '${wrapperOf(version)}'`, aDirectory())).toMatchObject([
      { name: 'agent', verdict: 'problem', mend: expect.stringContaining('app-server behind') },
    ]);
  });

  test('that has no node to run with', async (context) => {
    codex(context, { sandbox: false });
    const command = `PATH=/nowhere exec '${wrapperOf(version)}' app-server`;

    expect(await examined(command, aDirectory())).toMatchObject([
      { name: 'agent', verdict: 'problem', mend: expect.stringMatching(/^put node on the PATH/) },
    ]);
  });

  test('that was given an API key', async (context) => {
    const { wrapper } = codex(context, { sandbox: false });
    const home = aDirectory();
    const env = { PATH: process.env['PATH'], HOME: home };
    execFileSync(wrapper, ['login', '--with-api-key'], { env, input: 'sk-not-a-real-key\n', stdio: 'pipe' });

    const [, login] = await examined(command, home);

    expect(login).toMatchObject({ verdict: 'ok', detail: expect.stringContaining('an API key') });
  });

  test('with a model provider that takes its key from a variable', async (context) => {
    codex(context, { sandbox: false });
    const own = codexCommand(PROVIDER_URL, { version });

    const [, without] = await examined(own, aDirectory());
    const [, withKey] = await examined(own, aDirectory(), ['LOOPBACK_KEY']);

    expect(without).toMatchObject({ verdict: 'problem', detail: expect.stringContaining('LOOPBACK_KEY') });
    const home = aDirectory();
    mkdirSync(join(home, '.codex'));
    writeFileSync(join(home, '.codex/.env'), 'LOOPBACK_KEY=none\n');
    const [, withFile] = await examined(own, home);

    expect(withFile).toMatchObject({ verdict: 'ok' });
    expect(withKey).toMatchObject({ verdict: 'ok', detail: expect.stringContaining('LOOPBACK_KEY') });
  });
});
