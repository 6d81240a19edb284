import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.js';
import { openFixture, recordingTools, type SessionOptions } from '../../helpers/agent-session.js';
import { anAgentLikeCodex, askedWith, LIKE_CODEX, openLikeCodex } from './like-codex.js';
import '../../helpers/leaks.js';

const NAMES = 'PATH HOME API_KEY deploy_token PLAIN';

/** What the thread is configured with, and what the operator was told. */
async function configured(options: SessionOptions): Promise<{ config: JsonObject; warnings: string[] }> {
  const { agent, warnings } = anAgentLikeCodex();
  const session = await openLikeCodex(agent, options);
  const { config } = await askedWith(session, 'thread/start');
  return { config: config as JsonObject, warnings };
}

/** The names that commands are left with. */
async function remaining(options: SessionOptions): Promise<unknown> {
  const { config } = await configured(options);
  return config['shell_environment_policy.include_only'];
}

describe('the commands of the agent', () => {
  test('see all that the configuration of Codex lets through but what looks secret', async () => {
    expect(await remaining({ env: { NAMES } })).toEqual(['PATH', 'HOME', 'PLAIN', 'SHLVL']);
  });

  test('see what agent.env_allow names, but never a secret of the tracker', async () => {
    const envAllow = ['API_KEY', 'SECRET_TOKEN'];
    const tools = recordingTools();
    expect(tools.secretEnvironmentNames).toEqual(['SECRET_TOKEN']);

    expect(await remaining({ env: { NAMES: `${NAMES} SECRET_TOKEN` }, envAllow, tools })).toEqual([
      'PATH',
      'HOME',
      'API_KEY',
      'PLAIN',
      'SHLVL',
    ]);
  });

  test('see no variable that differs from a withheld one in case only, as Codex takes them for the same', async () => {
    const env = { NAMES: 'PATH API_KEY api_key' };

    expect(await remaining({ env, envAllow: ['api_key'] })).toEqual(['PATH', 'SHLVL']);
  });

  test('are not run by shells that read files of their user', async () => {
    const { config } = await configured({ env: { NAMES } });

    expect(config).toMatchObject({
      allow_login_shell: false,
      'shell_environment_policy.set.SHLVL': '2',
    });
  });

  test('are protected by patterns where Codex cannot tell the names, and then nothing is allowed', async () => {
    const { config, warnings } = await configured({ envAllow: ['API_KEY'] });

    expect(config).toMatchObject({
      'shell_environment_policy.exclude': ['*KEY*', '*TOKEN*', '*SECRET*', '*PASSWORD*'],
    });
    expect(warnings).toEqual([expect.stringContaining('agent.env_allow cannot be heeded')]);
  });

  test('are protected by patterns under a program that does not say it is Codex, and it is asked nothing more', async () => {
    const session = await openFixture('completes', { envAllow: ['API_KEY'] });

    expect(await askedWith(session, 'thread/start')).toMatchObject({
      config: { 'shell_environment_policy.exclude': expect.arrayContaining(['*KEY*']) },
    });
    expect((await session.received()).map(({ method }) => method)).toEqual([
      'initialize',
      'initialized',
      'thread/start',
    ]);
  });

  test('see what codex.command lets them see by an explicit choice', async () => {
    const command = `${LIKE_CODEX} -c shell_environment_policy.ignore_default_excludes=true -c allow_login_shell=true`;

    const { config, warnings } = await configured({ env: { NAMES }, codex: { command } });

    expect(config['shell_environment_policy.include_only']).toEqual([...NAMES.split(' '), 'SHLVL']);
    expect(config).not.toHaveProperty('allow_login_shell');
    expect(warnings).toEqual([]);
  });
});

describe('the operator', () => {
  test('is told once what was withheld and where to name it, and again when there is more', async () => {
    const { agent, warnings } = anAgentLikeCodex();

    await openLikeCodex(agent, { env: { NAMES } });
    await openLikeCodex(agent, { env: { NAMES } });
    expect(warnings).toEqual([
      expect.stringMatching(/^environment_withheld: .*agent\.env_allow.*API_KEY, deploy_token/),
    ]);

    await openLikeCodex(agent, { env: { NAMES: `${NAMES} NEW_SECRET` } });
    expect(warnings).toEqual([expect.anything(), expect.stringContaining('NEW_SECRET')]);
  });

  test('is not told of a key that Codex itself is meant to have', async () => {
    const command = `${LIKE_CODEX} -c model_providers.own.env_key=OWN_KEY`;
    const env = { NAMES: 'PATH OPENAI_API_KEY OWN_KEY' };

    const { config, warnings } = await configured({ env, codex: { command } });

    expect(config['shell_environment_policy.include_only']).toEqual(['PATH', 'SHLVL']);
    expect(warnings).toEqual([]);
  });
});
