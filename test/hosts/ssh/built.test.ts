import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { aPlace } from '../../helpers/processes.js';
import { writeSshConfiguration } from '../../helpers/ssh-configuration.js';
import { needsSshd, startSshd } from '../../helpers/sshd.js';
import { aDirectory, startSymphony } from '../../helpers/symphony.js';

beforeEach(needsSshd);

const WORKFLOW = `---
tracker: { kind: memory, provider: { issues: [{ identifier: MT-1, title: First, state: Todo }] } }
workspace: { root: ~/work }
worker: { ssh_hosts: [build-1] }
hooks: { after_create: 'echo "made in $PWD" >made' }
codex: { command: 'echo "worked in $PWD" >worked; exec sleep 1000' }
---
Work.
`;

describe('the built program', () => {
  test('works on a worker over SSH, and stops there when it is stopped', async () => {
    const sshd = await startSshd();
    const config = await writeSshConfiguration(await aPlace(), { 'build-1': sshd });
    const cwd = aDirectory({ 'WORKFLOW.md': WORKFLOW });
    const workspace = join(sshd.home, 'work', 'MT-1');

    const daemon = startSymphony(['--no-dashboard'], { cwd, env: { SYMPHONY_SSH_CONFIG: config } });

    const textOf = (name: string) => readFile(join(workspace, name), 'utf8').catch(() => null);
    await expect.poll(() => textOf('worked'), { timeout: 60_000 }).toBe(`worked in ${workspace}\n`);
    expect(await textOf('made')).toBe(`made in ${workspace}\n`);
    daemon.kill('SIGTERM');
    await daemon;
    await expect.poll(() => sshd.running(''), { timeout: 60_000 }).toEqual([]);
  }, 180_000);
});
