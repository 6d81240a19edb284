import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aDirectory, symphony } from '../helpers/symphony.js';

/** A workflow that has nothing to do. */
const IDLE_WORKFLOW = `---
tracker:
  kind: local
  provider:
    path: board
agent:
  kind: scripted
---
Work on {{ issue.identifier }}.
`;

/** A directory in which a daemon has run to its end. */
async function afterADaemon(...args: readonly string[]): Promise<string> {
  const cwd = aDirectory({ 'WORKFLOW.md': IDLE_WORKFLOW });
  mkdirSync(join(cwd, 'board'));
  const { exitCode, stderr } = await symphony(['--until-idle', ...args], { cwd });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return cwd;
}

describe('symphony token', () => {
  test('prints its help', async () => {
    const { exitCode, stdout } = await symphony(['token', '--help']);

    expect(stdout).toBe(readFileSync('fixtures/cli/help-token.txt', 'utf8').trimEnd());
    expect(exitCode).toBe(0);
  });

  test('prints the token of the daemon, and nothing else, also after it ended and started again', async () => {
    const cwd = await afterADaemon();
    const kept = readFileSync(join(cwd, '.symphony/WORKFLOW.md/operator-token'), 'utf8').trim();

    const here = await symphony(['token'], { cwd });
    await symphony(['--until-idle'], { cwd });
    const named = await symphony(['token', join(cwd, 'WORKFLOW.md')]);

    expect(here).toEqual({ exitCode: 0, signal: undefined, stdout: kept, stderr: '' });
    expect(named.stdout).toBe(kept);
  });

  test('finds it where the daemon was told to keep its state', async () => {
    const cwd = await afterADaemon('--state-dir', 'state');

    const { stdout } = await symphony(['token', '--state-dir', 'state'], { cwd });
    const elsewhere = await symphony(['token'], { cwd });

    expect(stdout).toBe(readFileSync(join(cwd, 'state/operator-token'), 'utf8').trim());
    expect(elsewhere).toMatchObject({ exitCode: 1, stdout: '' });
  });

  test('tells where no daemon has run, and leaves nothing there', async () => {
    const cwd = aDirectory({ 'WORKFLOW.md': IDLE_WORKFLOW });

    const { exitCode, stdout, stderr } = await symphony(['token'], { cwd });

    expect(stderr).toMatch(/^symphony: .*no daemon has run.* \[state_directory_unavailable\]$/u);
    expect(stderr).toContain(join(cwd, '.symphony/WORKFLOW.md'));
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(readdirSync(cwd)).toEqual(['WORKFLOW.md']);
  });

  test('is refused once others can read it, and so is the start of the daemon', async () => {
    const cwd = await afterADaemon();
    chmodSync(join(cwd, '.symphony/WORKFLOW.md/operator-token'), 0o644);

    for (const args of [['token'], ['--until-idle']]) {
      const { exitCode, stderr } = await symphony(args, { cwd });

      expect(stderr).toMatch(
        /operator-token cannot be used: other users .* \[state_directory_unavailable\]$/u,
      );
      expect(exitCode).toBe(1);
    }
  });
});

test('says that another token counts at the port where the workflow file sets one', async () => {
  const cwd = await afterADaemon();
  const file = join(cwd, 'WORKFLOW.md');
  writeFileSync(file, IDLE_WORKFLOW.replace('agent:', 'server: { token: $PAGE_TOKEN }\nagent:'));

  const { exitCode, stdout, stderr } = await symphony(['token'], { cwd });

  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('server.token') });
  expect(stdout).toMatch(/^[\w-]{43}$/);
});
