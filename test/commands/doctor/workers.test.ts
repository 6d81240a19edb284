import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { findingsOf } from '../../../src/commands/doctor/check.js';
import { workerPlaces } from '../../../src/commands/doctor/worker-places.js';
import { workerChecks } from '../../../src/commands/doctor/workers.js';
import { ok } from '../../../src/domain/finding.js';
import { systemClock } from '../../../src/engine/system-clock.js';
import { createHosts } from '../../../src/hosts/hosts.js';
import { configContext } from '../../../src/hosts/ssh/config/context.js';
import type { Hosts } from '../../../src/ports/host.js';
import { startSshd } from '../../helpers/sshd.js';
import { type Sshd, withoutSshd } from '../../helpers/sshd-server.js';
import { aDirectory, symphony } from '../../helpers/symphony.js';
import { writtenSettings } from '../../helpers/written-settings.js';

beforeEach((context) => {
  if (withoutSshd() !== null) context.skip('because OpenSSH is not installed');
});

/** A configuration that knows a server as `build-1`; more goes before it. */
function configurationOf(sshd: Sshd, ...more: readonly string[]): string {
  const directory = aDirectory({ known: `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n` });
  const lines = [
    ...more,
    'Host build-1',
    `  Port ${sshd.port}`,
    'Host *',
    '  HostName 127.0.0.1',
    `  IdentityFile ${sshd.directory}/user_key`,
    '  IdentitiesOnly yes',
    `  UserKnownHostsFile ${directory}/known`,
    '  GlobalKnownHostsFile /dev/null',
  ];
  writeFileSync(join(directory, 'config'), `${lines.join('\n')}\n`);
  return join(directory, 'config');
}

function hostsWith(config: string): { hosts: Hosts; env: { SYMPHONY_SSH_CONFIG: string } } {
  const env = { SYMPHONY_SSH_CONFIG: config };
  const hosts = createHosts({ env, withheld: [], clock: systemClock, onLink: () => {} });
  onTestFinished(() => hosts.close());
  return { hosts, env };
}

describe('the doctor on workers', () => {
  test('tells of each machine, of those that do not answer once and why, and looks at nothing of this one', async () => {
    const sshd = await startSshd();
    const config = configurationOf(
      sshd,
      ...['Host refused', '  Port 1', 'Host stranger', `  Port ${sshd.port}`, '  HostKeyAlias stranger'],
      ...['Host through', '  ProxyCommand nc %h %p'],
    );
    const { hosts, env } = hostsWith(config);
    const names = ['build-1', 'refused', 'stranger', 'through'];

    const found = await findingsOf(
      workerChecks(names, {
        ...{ context: configContext(env), hosts, clock: systemClock },
        checksOn: (host) => [
          { name: 'look', limitMs: 5_000, mendOfSilence: 'wait', run: async () => [ok('bash', host.name)] },
        ],
      }),
      systemClock,
    );

    expect(found).toEqual([
      {
        name: 'build-1',
        verdict: 'ok',
        detail: expect.stringMatching(/^answers at \S+@127\.0\.0\.1:\d+$/),
        mend: null,
      },
      { name: 'build-1 bash', verdict: 'ok', detail: 'build-1', mend: null },
      {
        name: 'refused',
        verdict: 'problem',
        detail: 'nothing listens at 127.0.0.1:1 (ECONNREFUSED)',
        mend: 'see that sshd runs there, and the port',
      },
      {
        name: 'stranger',
        verdict: 'problem',
        detail: expect.stringMatching(/its host key ssh-ed25519 \S+ is not known$/),
        mend: expect.stringMatching(/^run ssh -F \S+ stranger once by hand/),
      },
      {
        name: 'through',
        verdict: 'problem',
        detail: expect.stringMatching(/config line 7: ProxyCommand nc %h %p is not supported$/),
        mend: expect.stringMatching(/^use ProxyJump/),
      },
    ]);
  });

  test('warns of what is doubtful in the configuration of a machine that answers', async () => {
    const sshd = await startSshd();
    const { hosts, env } = hostsWith(configurationOf(sshd, 'StrictHostKeyChecking no'));

    const found = await findingsOf(
      workerChecks(['build-1'], {
        ...{ context: configContext(env), hosts, clock: systemClock },
        checksOn: () => [],
      }),
      systemClock,
    );

    expect(found).toMatchObject([
      { verdict: 'ok' },
      { name: 'build-1', verdict: 'warning', mend: expect.stringContaining('accept-new') },
    ]);
  });

  test('tells once of a machine that runs no commands, and asks nobody to install what is there', async () => {
    const sshd = await startSshd({ config: ['ForceCommand echo "This account is closed"; exit 1'] });
    const { hosts, env } = hostsWith(configurationOf(sshd));

    const found = await findingsOf(
      workerChecks(['build-1'], {
        ...{ context: configContext(env), hosts, clock: systemClock },
        checksOn: () => [
          { name: 'bash', limitMs: 5_000, mendOfSilence: 'wait', run: async () => [ok('bash', 'is there')] },
        ],
      }),
      systemClock,
    );

    expect(found).toEqual([
      {
        name: 'build-1',
        verdict: 'problem',
        detail: expect.stringMatching(/cannot run commands: .*it said: This account is closed/),
        mend: expect.stringContaining('no ForceCommand'),
      },
    ]);
  });

  test('leave a key that accept-new lets in for the daemon to remember', async () => {
    const sshd = await startSshd();
    const keys = aDirectory();
    const cwd = aDirectory({
      'WORKFLOW.md': [
        ...['---', 'tracker: {kind: local, provider: {path: board}}', 'agent: {kind: scripted}'],
        ...['worker: {ssh_hosts: [build-1]}', '---', 'Work.', ''],
      ].join('\n'),
    });
    const files = ['StrictHostKeyChecking accept-new', `UserKnownHostsFile ${keys}/known`];

    const { stdout } = await symphony(['doctor'], {
      cwd,
      env: { SYMPHONY_SSH_CONFIG: configurationOf(sshd, ...files) },
    });

    expect(stdout).toMatch(/^OK +build-1 bash /mu);
    expect(readdirSync(keys)).toEqual([]);
  });

  test('are part of the whole report, a line for each thing on each machine', async () => {
    const sshd = await startSshd();
    const cwd = aDirectory({
      'WORKFLOW.md': [
        ...['---', 'tracker: {kind: local, provider: {path: board}}', 'workspace: {root: ~/work}'],
        ...['agent: {kind: scripted}', 'worker: {ssh_hosts: [build-1, nobody]}', '---', 'Work.', ''],
      ].join('\n'),
    });
    mkdirSync(join(cwd, 'board'));
    const env = { SYMPHONY_SSH_CONFIG: configurationOf(sshd, 'Host nobody', '  Port 1') };

    const { exitCode, stdout } = await symphony(['doctor'], { cwd, env });

    const lines = stdout.split('\n').filter((line) => /^\S/.test(line));
    expect(lines.map((line) => line.split(/ {2,}/).slice(0, 2).join(': '))).toEqual([
      ...[
        'OK: workflow',
        'OK: node',
        'OK: tracker',
        'OK: states',
        'OK: disk',
        'OK: state directory',
        'OK: port',
      ],
      ...['OK: build-1', 'OK: build-1 bash', 'OK: build-1 git', 'OK: build-1 agent'],
      ...['OK: build-1 workspace root', 'OK: build-1 disk', 'PROBLEM: nobody'],
      '1 problem, 0 warnings',
    ]);
    expect(stdout).toContain(`${sshd.home}/work`);
    expect(exitCode).toBe(1);
  });
});

describe('the workspace root on a worker', () => {
  async function look(root: string, agent = 'scripted') {
    const sshd = await startSshd();
    const { hosts } = hostsWith(configurationOf(sshd));
    const written = { workspace: { root: root.replace('HOME', sshd.home) }, agent: { kind: agent } };
    const place = { host: hosts.get('build-1'), secretEnvironmentNames: [] };
    const settings = writtenSettings(written);
    return { sshd, found: await workerPlaces(place, settings, AbortSignal.timeout(60_000)) };
  }

  test('is that of the user there, and may be yet to be made', async () => {
    const { sshd, found } = await look("~/a b/it's $(here)");

    expect(found).toEqual([
      {
        name: 'workspace root',
        verdict: 'ok',
        detail: `${sshd.home}/a b/it's $(here) can be made in ${sshd.home}`,
        mend: null,
      },
      {
        name: 'disk',
        verdict: 'ok',
        detail: expect.stringMatching(/free on \/.* for workspaces$/),
        mend: null,
      },
    ]);
  });

  test('is a problem where nothing can be made', async () => {
    const { found } = await look('/proc/symphony/workspaces');

    expect(found).toMatchObject([
      {
        verdict: 'problem',
        detail: expect.stringMatching(/cannot be used: .*\/proc|cannot be used: .*doctor/),
      },
      { name: 'disk', verdict: 'skipped' },
    ]);
  });

  test('is a problem where a file is in the way', async () => {
    const { found } = await look('/etc/passwd/work');

    expect(found).toMatchObject([{ verdict: 'problem' }, { verdict: 'skipped' }]);
  });

  test('in a temporary directory there lets agents of Codex reach the workspaces of others', async () => {
    const link = join(aDirectory(), 'link');
    symlinkSync('/tmp', link);

    const { found } = await look(join(link, 'work'), 'codex');

    expect(found[0]).toMatchObject({
      verdict: 'warning',
      detail: expect.stringContaining('is in the temporary directory /tmp'),
    });
  });
});
