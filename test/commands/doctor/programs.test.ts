import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bashFinding, gitFinding, nodeFinding } from '../../../src/commands/doctor/programs.js';
import { isSet, type ShellPlace } from '../../../src/commands/doctor/shell.js';
import { localHost } from '../../../src/hosts/local.js';
import { needs } from '../../helpers/needs.js';
import { aDirectory } from '../../helpers/symphony.js';

const { signal } = new AbortController();

/** This machine for a user with this login profile. */
function withProfile(profile: string, env: Readonly<Record<string, string>> = {}): ShellPlace {
  const home = aDirectory({ '.bash_profile': profile });
  const host = localHost({ PATH: process.env['PATH'], ...env, HOME: home });
  onTestFinished(() => host.close());
  return { host, secretEnvironmentNames: [] };
}

/** A profile whose PATH finds this program first. */
function withProgram(name: string, script: string): ShellPlace {
  const directory = aDirectory({ [name]: `#!/bin/sh\n${script}\n` });
  chmodSync(join(directory, name), 0o755);
  return withProfile(`export PATH='${directory}':"$PATH"\n`);
}

describe('node', () => {
  test.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0-nightly'])('%s is new enough', (version) => {
    expect(nodeFinding(version)).toMatchObject({ verdict: 'ok', detail: version });
  });

  test.each(['20.18.3', '18.20.0', '9.99.99'])('%s is too old', (version) => {
    expect(nodeFinding(version)).toMatchObject({
      verdict: 'problem',
      mend: expect.stringContaining('20.19'),
    });
  });

  test('is asked for as package.json asks for it', () => {
    const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'));

    expect(manifest).toMatchObject({ engines: { node: '>=20.19.0' } });
    expect([nodeFinding('20.19.0').verdict, nodeFinding('20.18.99').verdict]).toEqual(['ok', 'problem']);
  });
});

describe('bash', () => {
  test('is told by its version, whatever its profile prints', async () => {
    const finding = await bashFinding(withProfile('echo hello from the profile\n'), signal);

    expect(finding).toMatchObject({
      name: 'bash',
      verdict: 'ok',
      detail: expect.stringMatching(/^\d+\.\d+/),
    });
  });

  test('is a problem when its profile ends it', async () => {
    const finding = await bashFinding(withProfile('echo no shell for you >&2; exit 7\n'), signal);

    expect(finding).toMatchObject({ verdict: 'problem', mend: expect.stringContaining('profile') });
    expect(finding.detail).toContain('status 7');
    expect(finding.detail).toContain('no shell for you');
  });

  test('is a problem when it is not there', async () => {
    const host = localHost({ PATH: aDirectory() });
    onTestFinished(() => host.close());

    const finding = await bashFinding({ host, secretEnvironmentNames: [] }, signal);

    expect(finding).toMatchObject({ verdict: 'problem' });
  });

  test('that is stuck in its profile is ended when nobody waits any more', async () => {
    const ending = new AbortController();
    const asking = bashFinding(withProfile('tail -f /dev/null\n'), ending.signal);

    ending.abort(new Error('given up'));

    await expect(asking).rejects.toThrow('given up');
  });
});

describe('git', () => {
  test('is found', async (context) => {
    needs(context, 'git');

    expect(await gitFinding(withProfile(''), signal)).toMatchObject({ name: 'git', verdict: 'ok' });
  });

  test.each([
    ['git version 2.6.0', 'ok'],
    ['git version 2.39.5 (Apple Git-154)', 'ok'],
    ['git version 2.5.6', 'problem'],
    ['git version 1.8.3.1', 'problem'],
  ])('that says "%s" is %s', async (said, verdict) => {
    expect(await gitFinding(withProgram('git', `echo '${said}'`), signal)).toMatchObject({ verdict });
  });

  test('is not looked for without a shell to look, and nothing is said against it', async () => {
    const host = localHost({ PATH: aDirectory() });
    onTestFinished(() => host.close());

    const finding = await gitFinding({ host, secretEnvironmentNames: [] }, signal);

    expect(finding).toMatchObject({ verdict: 'skipped', detail: expect.stringContaining('bash') });
  });

  test('is not looked for where the profile ends the shell before, which is said of bash', async () => {
    const finding = await gitFinding(withProfile('exit 7\n'), signal);

    expect(finding).toMatchObject({ verdict: 'skipped', mend: null });
  });

  test('that does not run is a problem, with what it said', async () => {
    const finding = await gitFinding(withProgram('git', 'echo xcrun: error >&2; exit 69'), signal);

    expect(finding).toMatchObject({ verdict: 'problem', mend: expect.stringContaining('install git') });
    expect(finding.detail).toContain('status 69 (xcrun: error)');
  });
});

describe('a variable of a login shell', () => {
  test('is known when its profile exports it', async () => {
    const place = withProfile('export OWN_KEY=sesame\nexport EMPTY_KEY=\n');

    expect(await isSet(place, 'OWN_KEY', signal)).toBe(true);
    expect(await isSet(place, 'EMPTY_KEY', signal)).toBe(false);
    expect(await isSet(place, 'OTHER_KEY', signal)).toBe(false);
  });

  test('is never run as a command', async () => {
    expect(await isSet(withProfile(''), 'X}" ] || true; [ -n "a', signal)).toBe(false);
  });

  test('that is the secret of the tracker is not there for agents', async () => {
    const place = withProfile('export TRACKER_KEY=sesame\n');

    const withheld = { ...place, secretEnvironmentNames: ['TRACKER_KEY'] };

    expect(await isSet(withheld, 'TRACKER_KEY', signal)).toBe(false);
  });
});
