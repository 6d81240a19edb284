import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runHook } from '../../src/workspaces/hooks.js';
import { aPlace } from '../helpers/processes.js';
import { aHost, someWork } from '../helpers/workspace-work.js';

/** The environment of a hook, as lines, where the daemon and the login profile have these variables. */
async function seenByHook(
  daemon: Readonly<Record<string, string>>,
  {
    profile = '',
    envAllow = [] as readonly string[],
    withoutEnv = [] as readonly string[],
    script = '',
  } = {},
): Promise<string[]> {
  const workspacePath = await aPlace();
  const home = await aPlace();
  await writeFile(join(home, '.bash_profile'), profile);
  const host = aHost({ HOME: home, ...daemon });
  const beforeRun = `${script}\nenv >environment`;

  await runHook('before_run', { ...someWork(host, { beforeRun, envAllow }, { withoutEnv }), workspacePath });

  return (await readFile(join(workspacePath, 'environment'), 'utf8')).split('\n');
}

/** Those of the lines that are about these variables. */
function about(lines: readonly string[], pattern: RegExp): string[] {
  return lines.filter((line) => pattern.test(line)).sort();
}

describe('a hook', () => {
  test('does not inherit what looks secret, in any case of its name', async () => {
    const seen = await seenByHook({
      DEPLOY_TOKEN: 'a',
      db_password: 'b',
      MySecretThing: 'c',
      SSH_KEY_PATH: 'd',
      PLAIN: 'yes',
    });

    expect(about(seen, /TOKEN|password|Secret|KEY|PLAIN/)).toEqual(['PLAIN=yes']);
  });

  test('inherits what hooks.env_allow names, and nothing that is merely called alike', async () => {
    const seen = await seenByHook(
      { DEPLOY_TOKEN: 'a', DEPLOY_TOKEN_2: 'b', OTHER_TOKEN: 'c', deploy_token: 'd' },
      { envAllow: ['DEPLOY_TOKEN', '$(touch here)', 'NOT_THERE_KEY'] },
    );

    expect(about(seen, /TOKEN|token|KEY/)).toEqual(['DEPLOY_TOKEN=a']);
  });

  test('does not get it from the login profile either, not even when it is read-only there', async () => {
    const profile = 'export PROFILE_TOKEN=a ALLOWED_KEY=b PROFILE_READ=yes\nreadonly -x FIXED_SECRET=c\n';

    const seen = await seenByHook({}, { profile, envAllow: ['ALLOWED_KEY'] });

    expect(about(seen, /TOKEN|KEY|SECRET|PROFILE/)).toEqual(['ALLOWED_KEY=b', 'PROFILE_READ=yes']);
  });

  test('never gets a secret of the tracker, though hooks.env_allow names it', async () => {
    const options = { withoutEnv: ['TRACKER_KEY'], envAllow: ['TRACKER_KEY'] };

    const seen = await seenByHook(
      { TRACKER_KEY: 'a' },
      { ...options, profile: 'export TRACKER_KEY=again\n' },
    );

    expect(about(seen, /TRACKER/)).toEqual([]);
  });

  test('may set such variables itself, and finds nothing of ours among its own', async () => {
    const script =
      'export MY_TOKEN=mine; set | grep -i ^symphony_ | grep -v ^SYMPHONY_ >left; cat left >&2; [ ! -s left ]';

    const seen = await seenByHook({ MY_TOKEN: 'daemon' }, { script });

    expect(about(seen, /MY_TOKEN/)).toEqual(['MY_TOKEN=mine']);
  });
});
