import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkDestinations } from '../../../../src/hosts/ssh/config/check.js';
import { aDirectory, symphony } from '../../../helpers/symphony.js';
import { aConfiguration } from './configuration.js';

function check(config: string, ...names: readonly string[]): Promise<readonly string[]> {
  return checkDestinations(names, aConfiguration({ '.ssh/config': config }).context);
}

describe('the configuration of workers, before work begins', () => {
  test('is quiet where all is well, whether the machines are there or not', async () => {
    expect(await check('Host build-*\n  User ci\n', 'build-1', 'build-2', 'no-such-machine.invalid')).toEqual(
      [],
    );
  });

  test('is wrong as a whole, with every machine that it is wrong for', async () => {
    const checking = check('Host a\n  ProxyCommand nc\nHost c\n  Port many\n', 'a', 'b', 'c');

    await expect(checking).rejects.toMatchObject({
      code: 'invalid_workflow_config',
      message: expect.stringMatching(
        /^worker\.ssh_hosts\[0\] a: \S+ line 2: ProxyCommand .*\nworker\.ssh_hosts\[2\] c: \S+ line 4: Port /,
      ),
    });
  });

  test('tells of machines whose key is not looked at, on the way too', async () => {
    const warnings = await check(
      'Host build-*\n  ProxyJump gate\nHost gate\n  StrictHostKeyChecking no\n',
      'build-1',
      'build-2',
    );

    expect(warnings).toEqual([
      expect.stringMatching(
        /^gate: StrictHostKeyChecking no in \S+ line 4: whatever machine answers is taken for it/,
      ),
    ]);
  });

  test('tells of keys that are configured and not there, unless an agent may hold them', async () => {
    const { context } = aConfiguration({ '.ssh/config': 'IdentityFile ~/.ssh/worker\n' });
    const withAgent = { ...context, env: { SSH_AUTH_SOCK: '/run/agent' } };

    expect(await checkDestinations(['build-1'], context)).toEqual([
      expect.stringMatching(/^build-1: none of its identity files is there, such as ~\/\.ssh\/worker/),
    ]);
    expect(await checkDestinations(['build-1'], withAgent)).toEqual([]);
  });

  test('tells of certificates beside keys, which are not used', async () => {
    const { context } = aConfiguration({
      '.ssh/config': 'IdentityFile ~/.ssh/worker\n',
      '.ssh/worker': 'a key',
      '.ssh/worker-cert.pub': 'a certificate',
    });

    expect(await checkDestinations(['build-1'], context)).toEqual([
      expect.stringMatching(/^build-1: the certificate beside \S+\/\.ssh\/worker is not used/),
    ]);
  });

  test('tells of two names for one machine', async () => {
    const config = 'Host build-1\n  HostName 10.0.0.7\nHost behind\n  HostName 10.0.0.7\n  ProxyJump gate\n';

    expect(await check(config, 'build-1', '10.0.0.7:22', 'ci@10.0.0.7', 'behind')).toEqual([
      'build-1 and 10.0.0.7:22 are the same machine, ada@10.0.0.7:22: it counts as two; remove one',
    ]);
  });
});

describe('a workflow file with workers whose configuration cannot be followed', () => {
  const workflow = [
    ...['---', 'tracker: {kind: local, provider: {path: board}}', 'workspace: {root: workspaces}'],
    ...['agent: {kind: scripted}', 'worker:', '  ssh_hosts: [build-1]', '---', 'Work.', ''],
  ].join('\n');

  function aPlace(config: string): { cwd: string; env: { SYMPHONY_SSH_CONFIG: string } } {
    const cwd = aDirectory({ 'WORKFLOW.md': workflow });
    writeFileSync(join(cwd, 'ssh'), config);
    return { cwd, env: { SYMPHONY_SSH_CONFIG: join(cwd, 'ssh') } };
  }

  test('does not start a daemon, which says where the fault is', async () => {
    const { exitCode, stderr } = await symphony([], aPlace('Host *\n  ProxyCommand nc %h %p\n'));

    expect(stderr).toMatch(
      /WORKFLOW\.md: worker\.ssh_hosts\[0\] build-1: \S+\/ssh line 2: ProxyCommand nc %h %p is not supported; use ProxyJump/,
    );
    expect(exitCode).toBe(1);
  });

  test('is not valid, and what is only doubtful is a warning', async () => {
    const broken = await symphony(['validate'], aPlace('Host *\n  ProxyCommand nc %h %p\n'));
    const doubtful = await symphony(['validate'], aPlace('StrictHostKeyChecking no\n'));

    expect(broken.stdout).toMatch(
      /^WORKFLOW\.md:6: error: worker\.ssh_hosts\[0\] build-1: .* line 2: ProxyCommand .* \[invalid_workflow_config\]$/m,
    );
    expect(broken.exitCode).toBe(1);
    expect(doubtful.stdout).toMatch(
      /^WORKFLOW\.md:6: warning: build-1: StrictHostKeyChecking no in .* \[ssh_configuration\]$/m,
    );
    expect(doubtful.exitCode).toBe(0);
  });
});
