import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commitsAsUser, identityFindings } from '../../../src/commands/doctor/identity.js';
import { localHost } from '../../../src/hosts/local.js';
import { needs } from '../../helpers/needs.js';
import { aDirectory } from '../../helpers/symphony.js';
import { writtenSettings } from '../../helpers/written-settings.js';

// Goal: who lets agents commit learns before the first of them that git would refuse, and hears nothing of it otherwise.

const { signal } = new AbortController();

/** What is told of a user with this `~/.gitconfig`, whose name and machine tell git nothing. */
async function identity(gitconfig: string, profile = '') {
  const home = aDirectory({
    '.gitconfig': `[user]\n\tuseConfigOnly = true\n${gitconfig}`,
    '.bash_profile': profile,
  });
  const host = localHost({ PATH: process.env['PATH'], HOME: home });
  onTestFinished(() => host.close());
  return await identityFindings({ host, secretEnvironmentNames: [] }, signal);
}

describe('the identity of commits', () => {
  test('is told', async (context) => {
    needs(context, 'git');

    expect(await identity('[user]\n\tname = Ada\n\temail = ada@example.com\n')).toEqual([
      {
        name: 'git identity',
        verdict: 'ok',
        detail: 'commits are by Ada <ada@example.com>',
        mend: null,
      },
    ]);
  });

  test('is missed with the mend, and is no problem', async (context) => {
    needs(context, 'git');

    expect(await identity('')).toMatchObject([
      { name: 'git identity', verdict: 'warning', mend: expect.stringContaining('user.email') },
    ]);
  });

  test('can come from a login profile', async (context) => {
    needs(context, 'git');
    const names = ['AUTHOR', 'COMMITTER'];
    const profile = names.map((who) => `export GIT_${who}_NAME=Ada GIT_${who}_EMAIL=ada@example.com\n`);

    expect(await identity('', profile.join(''))).toMatchObject([{ verdict: 'ok' }]);
  });

  test('is nothing to speak of where git does not run, which is told of git', async () => {
    const directory = aDirectory({ git: '#!/bin/sh\nexit 69\n' });
    chmodSync(join(directory, 'git'), 0o755);

    expect(await identity('', `PATH='${directory}':"$PATH"\n`)).toEqual([]);
    expect(await identity('', 'exit 7\n')).toEqual([]);
  });
});

test.each([
  ['without a hook', {}, false],
  ['without git in a hook', { hooks: { after_create: 'cp -r /srv/digit .' } }, false],
  ['with a clone', { hooks: { after_create: 'git clone --quiet /srv/project .' } }, true],
  ['with a push', { hooks: { after_run: 'set -e\ngit push' } }, true],
  [
    'whose hook says who they are',
    { hooks: { after_create: 'git clone x . && git config user.email a@b.c' } },
    false,
  ],
  [
    'that say so themselves',
    { agent: { kind: 'scripted' }, hooks: { after_create: 'git clone x .' } },
    false,
  ],
])('agents %s commit as their user: %o is %s', (_which, written, expected) => {
  expect(commitsAsUser(writtenSettings(written))).toBe(expected);
});
