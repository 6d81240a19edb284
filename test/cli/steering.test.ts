import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { aDirectory, symphony } from '../helpers/symphony.js';

// Goal: what a person types for a running daemon is understood, or answered with one line that says what to type.

describe('commands for a running daemon', () => {
  test.each(['status', 'logs', 'answer', 'stop'])('print the help of %s', async (command) => {
    const { exitCode, stdout } = await symphony([command, '--help']);

    expect(stdout).toBe(readFileSync(`fixtures/cli/help-${command}.txt`, 'utf8').trimEnd());
    expect(exitCode).toBe(0);
  });

  test.each([
    [['stop'], "missing required argument 'id'"],
    [['pause', 'A-1'], 'too many arguments'],
    [['answer', 'A-1'], 'one of --approve, --decline and --text is needed'],
    [['answer', 'A-1', '--approve', '--decline'], 'cannot be used with'],
    [['answer', 'A-1', '--text', ' '], 'It must not be empty'],
    [['logs', 'A-1', '-n', '1001'], 'Expected a number of at most 1000'],
    [['--port', '0', 'status'], "option '--port' does not belong to status"],
    [
      ['--state-dir', 'x', 'status'],
      "option '--state-dir' stands behind the command: symphony status --state-dir <dir>;",
    ],
  ])('refuse %j with what is wrong', async (args, why) => {
    const { exitCode, stdout, stderr } = await symphony(args);

    expect(stderr).toMatch(/^symphony: .+; see --help \[usage_error\]$/u);
    expect(stderr).toContain(why);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  });

  test.each([
    'status --watch',
    'issues',
    'show A-1',
    'logs A-1 -f',
    'explain A-1',
    'stop A-1',
    'answer A-1 --decline',
    'drain',
    'refresh',
  ])('say that no daemon runs: %s', async (line) => {
    const cwd = aDirectory();

    const { exitCode, stdout, stderr } = await symphony(line.split(' '), { cwd });

    expect(stderr).toBe(
      `symphony: no daemon has run with the state directory ${cwd}/.symphony/WORKFLOW.md. ` +
        'Start one with "symphony", or name its workflow file with --workflow, or its --state-dir [daemon_unreachable]',
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  });

  test('look for the daemon of another workflow file, or in another state directory', async () => {
    const cwd = aDirectory();

    expect((await symphony(['status', '--workflow', 'my/FLOW.md'], { cwd })).stderr).toContain(
      `${cwd}/my/.symphony/FLOW.md.`,
    );
    expect((await symphony(['status', '--state-dir', 'there'], { cwd })).stderr).toContain(`${cwd}/there.`);
  });
});
