import { describe, expect, test } from 'vitest';
import { effectiveSettings } from '../../src/commands/effective-settings.js';
import type { SymphonyError } from '../../src/domain/error.js';
import { parseWorkflow } from '../../src/workflow/load.js';
import { serverToken } from '../../src/workflow/server-settings.js';
import { aLoadContext } from '../helpers/build.js';

// Goal: whoever may act on the daemon is settled before it starts, and no token shows anywhere.

const SECRET = 'a-long-enough-secret-4711';

function parsed(lines: readonly string[], env: Readonly<Record<string, string>> = {}, more = '') {
  const yaml = `---\ntracker: {kind: board}\nserver:\n${lines.map((line) => `  ${line}\n`).join('')}${more}---\n`;
  return parseWorkflow('WORKFLOW.md', yaml, aLoadContext({ env }));
}

function refusal(...given: Parameters<typeof parsed>): string {
  try {
    parsed(...given);
  } catch (error) {
    return (error as SymphonyError).message;
  }
  throw new Error('it was taken');
}

describe('server.token', () => {
  test.each(['$OPERATOR_TOKEN', `'$OPERATOR_TOKEN '`, `'\${OPERATOR_TOKEN}'`])(
    'of a variable (%s) is carried around by its name, and read where it is needed',
    (written) => {
      const env = { OPERATOR_TOKEN: `${SECRET}\n` };
      const { settings, warnings } = parsed([`token: ${written}`], env);

      expect(JSON.stringify(settings)).not.toContain(SECRET);
      expect(serverToken(settings.server, env)).toBe(SECRET);
      expect(warnings).toEqual([]);
    },
  );

  test('may stand in the file, with a warning that does not show it', () => {
    const { settings, warnings } = parsed([`token: ${SECRET}`]);

    expect(serverToken(settings.server, {})).toBe(SECRET);
    expect(warnings.map(({ key, line }) => [key, line])).toEqual([['server.token', 4]]);
    expect(JSON.stringify(warnings)).not.toContain(SECRET);
  });

  test('is left to the state directory unless it is given', () => {
    const { settings } = parsed(['port: 0']);

    expect(serverToken(settings.server, {})).toBeNull();
  });

  test.each<[string, string, Readonly<Record<string, string>>, RegExp]>([
    [
      'of a variable that is not set',
      '$OPERATOR_TOKEN',
      {},
      /server\.token names OPERATOR_TOKEN, which is not set/u,
    ],
    [
      'of a variable that is empty',
      '$OPERATOR_TOKEN',
      { OPERATOR_TOKEN: ' \n' },
      /OPERATOR_TOKEN, which is not set/u,
    ],
    ['that is too short', 'hunter22-4711', {}, /the token has fewer than 16 characters/u],
    [
      'of a variable with too short a value',
      '$A_TOKEN',
      { A_TOKEN: 'hunter22-4711' },
      /value of A_TOKEN has fewer/u,
    ],
    ['with blanks', 'hunter22 hunter22 hunter22', {}, /no header can carry/u],
    ['that agents would see', '$SYMPHONY_AUTH', { SYMPHONY_AUTH: SECRET }, /agents would see SYMPHONY_AUTH/u],
    ['that is a number', '47114711471147114711', {}, /expected \$NAME .* \(got a number\)/u],
    ['that is a list', `[${SECRET}]`, {}, /expected \$NAME .* \(got a list\)/u],
    ['that is empty', "''", {}, /expected \$NAME .* \(got an empty text\)/u],
  ])('%s is refused with the reason and without showing it', (_what, written, env, reason) => {
    const message = refusal([`token: ${written}`], env);

    expect(message).toMatch(reason);
    expect(message).not.toMatch(/hunter22|4711/u);
  });

  test.each(['agent', 'hooks'])('is refused when %s may see its variable', (section) => {
    const message = refusal(
      ['token: $OPERATOR_TOKEN'],
      { OPERATOR_TOKEN: SECRET },
      `${section}: {env_allow: [OPERATOR_TOKEN]}\n`,
    );

    expect(message).toContain('OPERATOR_TOKEN is among what agents or hooks may see');
  });

  test('does not show among the settings in force, its variable does', () => {
    const shown = (token: string) =>
      effectiveSettings(parsed([`token: ${token}`], { OPERATOR_TOKEN: SECRET }).settings, {
        env: {},
        secrets: [],
      });

    expect(shown(SECRET)).not.toContain(SECRET);
    expect(shown(`'$${SECRET}'`)).not.toContain(SECRET);
    expect(shown('$OPERATOR_TOKEN')).toContain('token: $OPERATOR_TOKEN');
  });
});

describe('server.allowed_hosts', () => {
  test.each([
    ['[symphony.example, "build.example:8443", 192.0.2.7, "[2001:db8::1]:80"]', 4],
    ['symphony.example, symphony.localhost', 2],
    ['[]', 0],
  ])('takes names with or without a port: %s', (written, count) => {
    expect(parsed([`allowed_hosts: ${written}`]).settings.server.allowedHosts).toHaveLength(count);
  });

  test.each(['https://symphony.example', 'symphony.example/', '"*.example"', '"*"'])(
    'refuses what no Host header says: %s',
    (written) => {
      expect(refusal([`allowed_hosts: [${written}]`])).toContain('is no name of a host');
    },
  );
});
