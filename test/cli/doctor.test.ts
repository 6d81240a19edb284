import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import type { JsonObject } from '../../src/domain/json.js';
import { fixtureCommand } from '../helpers/agent-session.js';
import { FakeLinear } from '../helpers/linear/fake-linear.js';
import {
  aDirectory,
  aRunningDaemon,
  finished,
  printed,
  startSymphony,
  symphony,
} from '../helpers/symphony.js';

/** A directory with a workflow file for a local board, where everything is well; sections are merged key by key. */
function aWorkflow(sections: Readonly<Record<string, JsonObject>> = {}): string {
  const usual: Record<string, JsonObject> = {
    tracker: { kind: 'local', provider: { path: 'board' } },
    workspace: { root: 'workspaces' },
    agent: { kind: 'scripted' },
  };
  for (const [name, section] of Object.entries(sections)) usual[name] = { ...usual[name], ...section };
  const cwd = aDirectory({ 'WORKFLOW.md': `---\n${stringify(usual)}---\nWork on {{ issue.identifier }}.\n` });
  mkdirSync(join(cwd, 'board'));
  return cwd;
}

/** A workflow on the project of a fake Linear, whose key is in `LINEAR_API_KEY`. */
async function onLinear(
  tracker: JsonObject = {},
): Promise<{ linear: FakeLinear; cwd: string; env: Record<string, string> }> {
  const linear = await FakeLinear.start();
  onTestFinished(() => linear.close());
  const provider = {
    endpoint: linear.url,
    api_key: '$LINEAR_API_KEY',
    project_slug: linear.board.projectSlug,
  };
  const cwd = aWorkflow({ tracker: { kind: 'linear', provider, ...tracker } });
  return { linear, cwd, env: { LINEAR_API_KEY: linear.apiKey } };
}

/** What a report says of one thing: its lines, each a verdict and a fact. */
function told(stdout: string, name: string): string[] {
  return stdout.split('\n').flatMap((line) => {
    const [, verdict, of, fact] = /^(\S+) +(\S+(?: \S+)*?) {2,}(.*)$/.exec(line) ?? [];
    return of === name ? [`${verdict}: ${fact}`] : [];
  });
}

describe('symphony doctor', () => {
  test('has a help of its own', async () => {
    const { stdout } = await symphony(['doctor', '--help']);

    expect(stdout).toBe(readFileSync('fixtures/cli/help-doctor.txt', 'utf8').trimEnd());
  });

  test('finds nothing where all is well, tells what it looked at, and leaves nothing behind', async () => {
    const cwd = aWorkflow({ server: { port: 0 } });

    const { exitCode, stdout, stderr } = await symphony(['doctor'], { cwd });

    expect(stdout.split('\n').map((line) => line.split(/ {2,}/)[1])).toEqual([
      ...['workflow', 'node', 'bash', 'git', 'agent', 'tracker', 'states'],
      ...['workspace root', 'disk', 'state directory', 'port', 'hosts'],
      ...[undefined, undefined],
    ]);
    expect(stdout).toMatch(/\n0 problems, 0 warnings$/);
    expect(stdout).not.toContain('\u001b');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(readdirSync(cwd).sort()).toEqual(['WORKFLOW.md', 'board']);
    expect(readdirSync(join(cwd, 'board'))).toEqual([]);
  });

  test('tells what it knows while it waits for the rest', async () => {
    const { linear, cwd, env } = await onLinear();
    let release = (): void => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    linear.faults.next({ kind: 'held', until }, { times: Number.POSITIVE_INFINITY });
    const child = startSymphony(['doctor'], { cwd, env });

    // What needs no shell, which may take as long as the tracker is waited for.
    await printed(child, /^OK +node .*\n/m);
    release();
    const { exitCode, stdout } = await finished(child);

    expect(stdout).toMatch(/\n0 problems, 0 warnings$/);
    expect(exitCode).toBe(0);
  });

  test('tells programs the same with --json', async () => {
    const { exitCode, stdout } = await symphony(['doctor', '--json'], { cwd: aWorkflow() });

    expect(JSON.parse(stdout)).toContainEqual({
      name: 'workflow',
      verdict: 'ok',
      detail: 'WORKFLOW.md is valid',
      mend: null,
    });
    expect(exitCode).toBe(0);
  });

  test('has every error of the file with its line, and skips what hangs on it', async () => {
    const cwd = aWorkflow({ polling: { interval_ms: -1 }, agent: { max_turns: 'many' } });

    const { exitCode, stdout } = await symphony(['doctor'], { cwd });

    expect(told(stdout, 'workflow')).toEqual(
      [
        expect.stringMatching(/^PROBLEM: line \d+: polling\.interval_ms/),
        expect.stringMatching(/^PROBLEM: line \d+: agent\.max_turns/),
      ].reverse(),
    );
    expect(told(stdout, 'tracker')).toEqual(['skipped: because the workflow file has to be mended first']);
    expect(told(stdout, 'git')).toEqual([expect.stringMatching(/^OK/)]);
    expect(exitCode).toBe(1);
  });

  test('tells where there is no workflow file', async () => {
    const { exitCode, stdout, stderr } = await symphony(['doctor', 'none.md']);

    expect(told(stdout, 'workflow')).toEqual([expect.stringMatching(/^PROBLEM: .*none\.md cannot be read/)]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
  });

  test('hides secrets, wherever they come from', async () => {
    const cwd = aWorkflow();
    writeFileSync(join(cwd, 'board/A-1.md'), '---\nstate: hunter22-of-the-board\n---\n');
    const env = { BOARD_PASSWORD: 'hunter22-of-the-board' };

    const text = await symphony(['doctor'], { cwd, env });
    const json = await symphony(['doctor', '--json'], { cwd, env });

    expect(told(text.stdout, 'states')).toEqual(['OK: 1 [redacted]']);
    expect(`${text.stdout}${json.stdout}`).not.toContain('hunter22');
  });
});

describe('the agent', () => {
  const command = fixtureCommand('has-account');
  const codex = { agent: { kind: 'codex' }, codex: { command, read_timeout_ms: 20_000 } };
  const account = (read: JsonObject) => ({ VERSION: '0.169.0', ACCOUNT: JSON.stringify(read) });

  test('is well when it is installed and logged in', async () => {
    const cwd = aWorkflow(codex);
    const env = account({ account: { type: 'apiKey' }, requiresOpenaiAuth: true });

    const { exitCode, stdout } = await symphony(['doctor'], { cwd, env });

    expect(told(stdout, 'agent')).toEqual([expect.stringMatching(/^OK: Codex 0\.169\.0/)]);
    expect(told(stdout, 'login')).toEqual([expect.stringMatching(/^OK: Codex has an API key/)]);
    // Where tests have to be; a warning does not change the exit code.
    expect(told(stdout, 'workspace root')).toEqual([
      expect.stringMatching(/^warning: .*temporary directory/),
    ]);
    expect(exitCode).toBe(0);
  });

  test('is a problem when nobody has logged in', async () => {
    const env = account({ account: null, requiresOpenaiAuth: true });

    const { exitCode, stdout } = await symphony(['doctor'], { cwd: aWorkflow(codex), env });

    expect(told(stdout, 'login')).toEqual(['PROBLEM: Codex is not logged in']);
    expect(stdout).toMatch(/-> log in as the user that runs Symphony: `codex login`/);
    expect(exitCode).toBe(1);
  });

  test('is a problem when it is not there', async () => {
    const cwd = aWorkflow({ ...codex, codex: { command: 'no-such-codex app-server' } });

    const { exitCode, stdout } = await symphony(['doctor'], { cwd });

    expect(told(stdout, 'agent')).toEqual([expect.stringMatching(/^PROBLEM: codex\.command was not found/)]);
    expect(stdout).toMatch(/-> .*npm install --global @openai\/codex/);
    expect(exitCode).toBe(1);
  });
});

describe('the tracker', () => {
  test('is well in Linear', async () => {
    const { cwd, env } = await onLinear();

    const { exitCode, stdout } = await symphony(['doctor'], { cwd, env });

    expect(told(stdout, 'project')).toEqual(['OK: "Payments"']);
    expect(stdout).toContain('0 problems');
    expect(exitCode).toBe(0);
  });

  test('has no state of that name, but one that was meant', async () => {
    const { cwd, env } = await onLinear({ active_states: ['Todo', 'In Progess'] });

    const { exitCode, stdout } = await symphony(['doctor'], { cwd, env });

    expect(stdout).toMatch(
      /^PROBLEM +active states +no team of the project has "In Progess"\n +-> write "In Progress" in tracker\.active_states$/m,
    );
    expect(exitCode).toBe(1);
  });

  test('refuses the key, which is not shown', async () => {
    const { cwd } = await onLinear();

    const { exitCode, stdout } = await symphony(['doctor'], {
      cwd,
      env: { LINEAR_API_KEY: 'lin_api_of_somebody_else' },
    });

    expect(told(stdout, 'tracker')).toEqual([expect.stringMatching(/^PROBLEM: Linear refused the key/)]);
    expect(stdout).not.toContain('lin_api_of_somebody_else');
    expect(exitCode).toBe(1);
  });

  test('that never answers is waited for only so long, and the rest is told', async () => {
    const { linear, cwd, env } = await onLinear();
    linear.faults.next({ kind: 'hangs' }, { times: Number.POSITIVE_INFINITY });

    const { exitCode, stdout } = await symphony(['doctor'], { cwd, env });

    expect(told(stdout, 'tracker')).toEqual(['PROBLEM: nothing was heard within 12 s']);
    expect(told(stdout, 'workspace root')).toEqual([expect.stringMatching(/^OK/)]);
    expect(exitCode).toBe(1);
  });
});

describe('the port', () => {
  test('of another program is a problem', async () => {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;

    const { exitCode, stdout } = await symphony(['doctor'], { cwd: aWorkflow({ server: { port } }) });

    expect(told(stdout, 'port')).toEqual([`PROBLEM: ${port} on 127.0.0.1 is used by another program`]);
    expect(exitCode).toBe(1);
  });

  test('and the state of a daemon that runs here are no problem', async () => {
    const cwd = aWorkflow();
    const { child, url } = await aRunningDaemon(cwd);

    const { exitCode, stdout } = await symphony(['doctor', '--port', new URL(url).port], { cwd });

    expect(told(stdout, 'port')).toEqual([expect.stringContaining(`process ${child.pid}`)]);
    expect(told(stdout, 'state directory')).toEqual([
      expect.stringMatching(new RegExp(`^OK: .*a daemon runs with it \\(process ${child.pid}\\)`)),
    ]);
    expect(exitCode).toBe(0);
  });
});
