import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { symphony } from '../helpers/symphony.js';

describe('the command line', () => {
  test('prints its help, and nothing else, on --help', async () => {
    const { exitCode, stdout, stderr } = await symphony(['--help']);

    expect(stdout).toBe(readFileSync('fixtures/cli/help.txt', 'utf8').trimEnd());
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test.each(['validate', 'preview'])('prints the help of %s', async (command) => {
    const { exitCode, stdout } = await symphony([command, '--help']);

    expect(stdout).toBe(readFileSync(`fixtures/cli/help-${command}.txt`, 'utf8').trimEnd());
    expect(exitCode).toBe(0);
  });

  test('prints the version of the package on --version', async () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

    expect(await symphony(['--version'])).toMatchObject({
      exitCode: 0,
      stdout: manifest.version,
      stderr: '',
    });
  });

  test('that names a file nobody has may be a mistyped command, and is told which', async () => {
    expect((await symphony(['stauts'])).stderr).toMatch(
      /did you mean "symphony status"\? \[missing_workflow_file\]$/,
    );
    expect((await symphony(['missing.md'])).stderr).not.toContain('did you mean');
  });

  test.each([
    [['expalin', 'MT-1'], 'there is no command expalin; did you mean "symphony explain"?'],
    [['stauts', '--json'], 'there is no command stauts; did you mean "symphony status"?'],
    [['help', 'status'], 'there is no command help; did you mean "symphony --help"?'],
  ])('tells which command was meant by %j, whatever stands behind it', async (args, sentence) => {
    expect(await symphony(args)).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: `symphony: ${sentence} [usage_error]`,
    });
    expect((await symphony([...args.slice(0, 1)])).stderr).toContain('did you mean');
  });

  test.each([
    ['an unknown flag', ['--fast'], "unknown option '--fast'"],
    ['a flag that is nearly right', ['--logs-rot', 'logs'], '(Did you mean --logs-root?)'],
    ['two paths', ['a.md', 'b.md'], 'too many arguments'],
    ['an empty path', [''], 'It must not be empty'],
    ['a negative port', ['--port', '-1'], 'Expected a number from 0 to 65535'],
    ['a port that is no number', ['--port', 'x'], 'Expected a number from 0 to 65535'],
    ['a port that is no whole number', ['--port', '1.5'], 'Expected a number from 0 to 65535'],
    ['a port that is too large', ['--port', '70000'], 'Expected a number from 0 to 65535'],
    ['a port that is missing', ['--port'], 'argument missing'],
    ['an empty log directory', ['--logs-root', ' '], 'It must not be empty'],
    ['an empty state directory', ['--state-dir', ''], 'It must not be empty'],
    ['a preview of no issue', ['preview'], "required option '--issue <identifier>' not specified"],
    [
      'an attempt of zero',
      ['preview', '--issue', 'A-1', '--attempt', '0'],
      'Expected a number of at least 1',
    ],
    [
      'a flag of the daemon for a check',
      ['--port', '0', 'validate'],
      "option '--port' does not belong to validate",
    ],
    ['a flag of the daemon after a check', ['validate', '--port', '0'], "unknown option '--port'"],
  ])('refuses %s with the reason, a hint and exit code 1', async (_case, args, reason) => {
    const { exitCode, stdout, stderr } = await symphony(args);

    expect(stderr).toContain(reason);
    expect(stderr).toMatch(/^symphony: .+[^.]; see --help \[usage_error\]$/);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  });

  test('takes the last of a repeated option', async () => {
    const { stderr } = await symphony(['--port', '1', '--port', '0', 'missing.md']);

    expect(stderr).toContain('[missing_workflow_file]');
  });

  test('accepts the acknowledgement that other implementations require, and does not need it', async () => {
    const flag = '--i-understand-that-this-will-be-running-without-the-usual-guardrails';

    expect((await symphony([flag, 'missing.md'])).stderr).toContain('[missing_workflow_file]');
    expect((await symphony(['missing.md'])).stderr).toContain('[missing_workflow_file]');
  });

  test('takes a path that reads like a command for the command', async () => {
    const { stdout, stderr } = await symphony(['validate']);

    expect(`${stdout}${stderr}`).toContain('[missing_workflow_file]');
  });
});
