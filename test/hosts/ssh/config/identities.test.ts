import { describe, expect, test } from 'vitest';
import { resolveDestination } from '../../../../src/hosts/ssh/config/resolve.js';
import { aConfiguration } from './configuration.js';

describe('keys to log in with', () => {
  test('are the usual ones that are there, when none is configured', async () => {
    const { resolve, path } = aConfiguration({
      '.ssh/id_ed25519': '',
      '.ssh/id_rsa': '',
      '.ssh/id_ed25519_sk': '',
      '.ssh/other': '',
    });

    expect((await resolve('build-1')).identityFiles).toEqual([path('.ssh/id_rsa'), path('.ssh/id_ed25519')]);
  });

  test('are the configured ones that are there, in their order, each once, and then no usual one', async () => {
    const { resolve, path } = aConfiguration({
      '.ssh/config': [
        'Host build-*',
        '  IdentityFile "~/my keys/%h-%r-%p-%n-%u-%L-%%"',
        '  IdentityFile ~/missing',
        'Host *',
        '  IdentityFile ~/.ssh/general',
        '  IdentityFile "%d/.ssh/general"',
        '  IdentitiesOnly yes',
      ].join('\n'),
      'my keys/build-1-ci-22-build-1-ada-desk-%': '',
      '.ssh/general': '',
      '.ssh/id_rsa': '',
    });

    const { identityFiles, identitiesOnly } = await resolve('ci@build-1');

    expect(identityFiles).toEqual([path('my keys/build-1-ci-22-build-1-ada-desk-%'), path('.ssh/general')]);
    expect(identitiesOnly).toBe(true);
  });

  test('may be told by their public half, for an agent that holds the other', async () => {
    const { resolve, path } = aConfiguration({ '.ssh/config': 'IdentityFile ~/token\n', 'token.pub': '' });

    expect((await resolve('build-1')).identityFiles).toEqual([path('token.pub')]);
  });

  test('are none where the configuration says so', async () => {
    const { resolve } = aConfiguration({ '.ssh/config': 'IdentityFile none\n', '.ssh/id_rsa': '' });

    expect((await resolve('build-1')).identityFiles).toEqual([]);
  });
});

describe('the agent', () => {
  test.each([
    ['', '/run/agent'],
    ['IdentityAgent SSH_AUTH_SOCK', '/run/agent'],
    ['IdentityAgent none', null],
    ['IdentityAgent $OTHER_AGENT', '/run/other'],
    ['IdentityAgent $NO_SUCH_AGENT', null],
    [`IdentityAgent \${OTHER_AGENT}-%r`, '/run/other-ada'],
    ['IdentityAgent "/run/with blanks/%h"', '/run/with blanks/build-1'],
  ])('with "%s" is at %s', async (line, socket) => {
    const { context } = aConfiguration({ '.ssh/config': `${line}\n` });
    const env = { SSH_AUTH_SOCK: '/run/agent', OTHER_AGENT: '/run/other' };

    await expect(resolveDestination('build-1', { ...context, env })).resolves.toMatchObject({
      agentSocket: socket,
    });
  });

  test('is none without a variable for it', async () => {
    await expect(aConfiguration().resolve('build-1')).resolves.toMatchObject({ agentSocket: null });
  });
});
