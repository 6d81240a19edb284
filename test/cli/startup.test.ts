import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { patientFetch } from '../helpers/patient-fetch.js';
import { aDirectory, aRunningDaemon, finished, symphony } from '../helpers/symphony.js';

/** A workflow that has nothing to do. */
const IDLE_WORKFLOW = `---
tracker:
  kind: local
  provider:
    path: board
workspace:
  root: workspaces
agent:
  kind: scripted
---
Work on {{ issue.identifier }}.
`;

async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

describe('a start that fails', () => {
  test('is told when ./WORKFLOW.md is missing and no path was given', async () => {
    const cwd = aDirectory();

    const { exitCode, stdout, stderr } = await symphony([], { cwd });

    expect(stderr).toMatch(/^symphony: .+ \[missing_workflow_file\]$/);
    expect(stderr).toContain(join(cwd, 'WORKFLOW.md'));
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  });

  test('is told with the absolute path when the given workflow file does not exist', async () => {
    const cwd = aDirectory({ 'WORKFLOW.md': IDLE_WORKFLOW });

    const { exitCode, stderr } = await symphony(['flows/none.md'], { cwd });

    expect(stderr).toContain(join(cwd, 'flows/none.md'));
    expect(stderr).toContain('[missing_workflow_file]');
    expect(exitCode).toBe(1);
  });

  test.each([
    ['broken YAML', '---\ntracker: [local\n---\nWork.', 'workflow_parse_error'],
    ['a list instead of keys', '---\n- local\n---\nWork.', 'workflow_front_matter_not_a_map'],
    ['no tracker.kind', '---\nagent:\n  kind: scripted\n---\nWork.', 'missing_tracker_kind'],
    ['a prompt only', 'Work on {{ issue.identifier }}.', 'missing_tracker_kind'],
    ['an unknown tracker.kind', '---\ntracker:\n  kind: cork\n---\nWork.', 'unsupported_tracker_kind'],
    [
      'a value out of range',
      `---\ntracker:\n  kind: local\npolling:\n  interval_ms: -5\n---\n`,
      'invalid_workflow_config',
    ],
  ])('is one message with a code for %s, and nothing is started', async (_case, workflow, code) => {
    const cwd = aDirectory({ 'WORKFLOW.md': workflow });

    const { exitCode, stdout, stderr } = await symphony([], { cwd });

    expect(stderr).toMatch(/^symphony: /);
    expect(stderr.endsWith(`[${code}]`)).toBe(true);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ exitCode, stdout, left: readdirSync(cwd) }).toEqual({
      exitCode: 1,
      stdout: '',
      left: ['WORKFLOW.md'],
    });
  });

  test('is told when the port is taken', async () => {
    const cwd = aDirectory({ 'WORKFLOW.md': IDLE_WORKFLOW });
    const port = await takenPort();

    const { exitCode, stderr } = await symphony(['--port', String(port)], { cwd });

    expect(stderr).toContain(String(port));
    expect(stderr).toMatch(/^symphony: .+ \[server_port_unavailable\]$/m);
    expect(exitCode).toBe(1);
  });

  test('is told when the state directory cannot be written', async () => {
    const cwd = aDirectory({ 'WORKFLOW.md': IDLE_WORKFLOW });

    // Nobody can make a directory there, not even root.
    const { exitCode, stderr } = await symphony(['--state-dir', '/sys/symphony/state'], { cwd });

    expect(stderr).toContain('/sys/symphony/state');
    expect(stderr).toMatch(/^symphony: .+ \[state_directory_unavailable\]$/m);
    expect(exitCode).toBe(1);
  });

  test('is told when the state directory is a file', async () => {
    const cwd = aDirectory({ 'WORKFLOW.md': IDLE_WORKFLOW, state: 'not a directory' });

    const { exitCode, stderr } = await symphony(['--state-dir', 'state'], { cwd });

    expect(stderr).toMatch(/^symphony: .+ \[state_directory_unavailable\]$/m);
    expect(exitCode).toBe(1);
  });

  test('is told when another daemon holds the state directory', async () => {
    const cwd = aDirectory({ 'WORKFLOW.md': IDLE_WORKFLOW });
    const { child } = await aRunningDaemon(cwd);

    const { exitCode, stderr } = await symphony([], { cwd });

    expect(stderr).toContain(String(child.pid));
    expect(stderr).toMatch(/^symphony: .+ \[state_directory_locked\]$/m);
    expect(exitCode).toBe(1);
  });
});

describe('a daemon without work', () => {
  test('uses ./WORKFLOW.md without a path, and with one the file it names', async () => {
    const cwd = aDirectory({
      'WORKFLOW.md': IDLE_WORKFLOW,
      'OTHER.md': IDLE_WORKFLOW.replace('path: board', 'path: other-board'),
    });
    const boards = () => readdirSync(cwd).filter((name) => name.endsWith('board'));

    await symphony(['--until-idle'], { cwd });
    const byDefault = boards();
    await symphony(['--until-idle', 'OTHER.md'], { cwd });

    expect([byDefault, boards()]).toEqual([['board'], ['board', 'other-board']]);
  });

  test('prints the address it has bound with --port 0, and serves there', async () => {
    const { url } = await aRunningDaemon(aDirectory({ 'WORKFLOW.md': IDLE_WORKFLOW }));

    const response = await patientFetch(`${url}/api/v1/state`);

    expect(response.status).toBe(200);
  });

  test('listens on the port of the command line rather than on server.port', async () => {
    const port = await takenPort();
    const workflow = IDLE_WORKFLOW.replace('agent:', `server:\n  port: ${port}\nagent:`);

    const { url } = await aRunningDaemon(aDirectory({ 'WORKFLOW.md': workflow }));

    expect((await patientFetch(`${url}/api/v1/state`)).status).toBe(200);
  });

  test('ends with success and a summary on --until-idle', async () => {
    const cwd = aDirectory({ 'WORKFLOW.md': IDLE_WORKFLOW });

    const { exitCode, stdout } = await symphony(['--until-idle'], { cwd });

    expect(stdout).toContain('0 runs, 0 retries, 0 failures');
    expect(exitCode).toBe(0);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends with success on %s', async (signal) => {
    const { child } = await aRunningDaemon(aDirectory({ 'WORKFLOW.md': IDLE_WORKFLOW }));

    child.kill(signal);

    expect(await finished(child)).toMatchObject({ exitCode: 0, signal: undefined });
  });

  test('writes its log below --logs-root', async () => {
    const cwd = aDirectory({ 'WORKFLOW.md': IDLE_WORKFLOW });

    await symphony(['--until-idle', '--logs-root', 'logs'], { cwd });

    expect(existsSync(join(cwd, 'logs/log/symphony.log'))).toBe(true);
  });

  test('keeps its state in --state-dir', async () => {
    const cwd = aDirectory({ 'WORKFLOW.md': IDLE_WORKFLOW });

    await symphony(['--until-idle', '--state-dir', 'elsewhere', '--logs-root', 'logs'], { cwd });

    expect(readdirSync(cwd).filter((name) => name === '.symphony')).toEqual([]);
    expect(existsSync(join(cwd, 'elsewhere'))).toBe(true);
  });

  test('goes on when the readers of its output go away', async () => {
    const { child, url } = await aRunningDaemon(aDirectory({ 'WORKFLOW.md': IDLE_WORKFLOW }));

    child.stdout.destroy();
    child.stderr.destroy();
    await patientFetch(`${url}/api/v1/refresh`, { method: 'POST' });
    child.kill('SIGTERM');

    expect((await finished(child)).exitCode).toBe(0);
  });

  test('ends with failure, and without a grip on its place, when its process dies of an exception', async () => {
    const cwd = aDirectory({ 'WORKFLOW.md': IDLE_WORKFLOW });
    const fault = "process.on('SIGUSR2', () => { throw new Error('nobody foresaw this') })";
    const { child } = await aRunningDaemon(cwd, {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}`,
    });

    child.kill('SIGUSR2');
    const died = await finished(child);
    const next = await symphony(['--until-idle'], { cwd });

    expect(died.exitCode).toBe(1);
    expect(died.stderr).toContain('nobody foresaw this');
    expect(next.exitCode).toBe(0);
  });
});
