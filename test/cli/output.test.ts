import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { aBoardRow, someExplainer } from '../api/an-api.js';
import { aDaemonOnASocket } from '../commands/steering/a-daemon.js';
import { aDirectory, symphony } from '../helpers/symphony.js';

// Goal: what a command prints arrives whole, or the command says that it did not.

const MANY = Array.from({ length: 2_000 }, (_, index) =>
  aBoardRow({
    identifier: `MT-${index}`,
    issueId: `id-${index}`,
    title: 'A title of some length '.repeat(20),
  }),
);

test('more than a pipe holds is printed to its end', async () => {
  const { stateDir } = await aDaemonOnASocket({ explainer: someExplainer({ board: MANY }) });

  const { exitCode, stdout } = await symphony(['issues', '--json', '--state-dir', `${stateDir}`]);

  expect(JSON.parse(stdout).issues).toHaveLength(MANY.length);
  expect(exitCode).toBe(0);
});

test('a reader that has enough ends a command without an error', async () => {
  const { stateDir } = await aDaemonOnASocket({ explainer: someExplainer({ board: MANY }) });
  const line = `"${process.execPath}" dist/cli.js issues --state-dir "${stateDir}" | head -n 1; echo "\${PIPESTATUS[0]}"`;

  const { stdout, stderr } = await execa('bash', ['-c', line]);

  expect(stdout).toMatch(/^ID .+\n0$/u);
  expect(stderr).toBe('');
});

test('a disk that is full is told by commands that need no daemon, too', async (context) => {
  if (!existsSync('/dev/full')) context.skip('because this system has no /dev/full');
  const cwd = aDirectory({ 'WORKFLOW.md': '---\ntracker: { kind: memory }\n---\nWork.' });
  const program = `"${process.execPath}" "${process.cwd()}/dist/cli.js"`;

  const { exitCode, stderr } = await execa('bash', ['-c', `${program} validate > /dev/full`], {
    cwd,
    reject: false,
  });

  expect(stderr).toMatch(/^symphony: the output could not be written: ENOSPC/u);
  expect(exitCode).toBe(1);
});

test.for(['issues', 'status --json', 'status --watch'])(
  'a disk that is full is told: %s',
  async (line, context) => {
    if (!existsSync('/dev/full')) context.skip('because this system has no /dev/full');
    const { stateDir } = await aDaemonOnASocket({ explainer: someExplainer({ board: MANY }) });
    const script = `"${process.execPath}" dist/cli.js ${line} --state-dir "${stateDir}" > /dev/full`;

    const { exitCode, stderr } = await execa('bash', ['-c', script], { reject: false });

    expect(stderr).toMatch(/^symphony: the output could not be written: ENOSPC/u);
    expect(exitCode).toBe(1);
  },
);
