import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NOTIFICATIONS } from '../../agents/codex/notifications.js';
import { aDirectory } from '../../helpers/agent-session.js';
import { needsCodex } from '../../helpers/codex/codex.js';
import { CODEX, OLD_CODEX } from '../../helpers/codex/installation.js';

// Goal: the table of notifications that have words is the list that the program itself gives.

interface Declared {
  readonly oneOf: readonly {
    readonly properties: { readonly method: { readonly enum: readonly string[] } };
  }[];
}

describe.each([CODEX, OLD_CODEX])('each notification of Codex %s', (version) => {
  const installed = needsCodex(version);

  test('has words of its own', async (context) => {
    const { native } = installed(context, { sandbox: false });
    const directory = await aDirectory();
    const args = ['app-server', 'generate-json-schema', '--experimental', '--out', directory];
    execFileSync(native, args, {
      env: { PATH: process.env['PATH'], HOME: directory, CODEX_HOME: directory },
      stdio: 'ignore',
    });

    const schema = await readFile(join(directory, 'ServerNotification.json'), 'utf8');
    const { oneOf } = JSON.parse(schema) as Declared;
    const declared = oneOf.flatMap(({ properties }) => properties.method.enum);

    expect(declared.length).toBeGreaterThan(40);
    const known = NOTIFICATIONS.map(([method]) => method);
    expect(declared.filter((method) => !known.includes(method))).toEqual([]);
  });
});
