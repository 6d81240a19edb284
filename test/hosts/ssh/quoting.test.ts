import { randomUUID } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { aPlace, runOn, startOn } from '../../helpers/processes.js';
import { aWorker } from '../../helpers/ssh-workers.js';
import { needsSshd, startSshd } from '../../helpers/sshd.js';

beforeEach(needsSshd);

/** Each would mean something to a shell if it were not quoted. */
const HOSTILE = [
  'two words',
  ' leading and trailing ',
  "it's",
  '"double"',
  '$(touch oops)',
  '`touch oops`',
  '$HOME $PATH $$ !! !x',
  '-rf',
  '--',
  '*',
  '?[a]{b,c}~',
  'new\nline',
  'ends with newlines\n\n',
  '\nbegins with one',
  'tab\tand\rreturn',
  'back\\slash \\n \\',
  'a;b&c|d>e<f#g(h)i',
  '.hidden',
  '...',
  'ünïcödé 😀 日本',
  '\u0001\u001b[31m\u007f',
  "'\"'\"'",
  'symphony_newline=$symphony_newline',
  'x'.repeat(200),
];

async function aScene() {
  const sshd = await startSshd();
  const { host } = aWorker(sshd.destination());
  return { host, cwd: await aPlace() };
}

describe('a name that means something to a shell', () => {
  test('is only a name, in everything that is done with files', async () => {
    const { host, cwd } = await aScene();
    const paths = HOSTILE.map((name) => join(cwd, name));

    await Promise.all(paths.map((path) => host.makeDirectory(join(path, 'below'))));
    await Promise.all(paths.map((path) => host.writeText(join(path, 'file'), path)));
    await Promise.all(paths.map((path) => symlink(join(path, 'below'), join(path, 'link'))));

    expect(await host.list(cwd)).toEqual([...HOSTILE].sort());
    expect(await Promise.all(paths.map((path) => host.kindOf(path)))).toEqual(paths.map(() => 'directory'));
    expect(await Promise.all(paths.map((path) => host.readText(join(path, 'file'))))).toEqual(paths);
    expect(await Promise.all(paths.map((path) => host.physicalPath(join(path, 'link', 'x'))))).toEqual(
      paths.map((path) => join(path, 'below', 'x')),
    );
    await Promise.all(paths.map((path) => host.remove(path)));
    expect(await host.list(cwd)).toEqual([]);
  });

  test('is only a name of a file, of the target of a link and of what is in a directory', async () => {
    const { host, cwd } = await aScene();
    for (const name of HOSTILE) {
      await writeFile(join(cwd, name), name);
      await symlink(name, join(cwd, `link to ${name}`.slice(0, 250)));
    }

    const physical = HOSTILE.map((name) => host.physicalPath(join(cwd, `link to ${name}`.slice(0, 250))));

    expect(await Promise.all(physical)).toEqual(HOSTILE.map((name) => join(cwd, name)));
    expect(await host.list(cwd)).toHaveLength(2 * HOSTILE.length);
  });

  test('is only a directory to work in, a value of a variable, a marker', async () => {
    const { host, cwd } = await aScene();
    const results = await Promise.all(
      HOSTILE.map(async (name) => {
        await mkdir(join(cwd, name));
        const command = 'printf "%s\\0%s\\0%s" "$(pwd -P; echo x)" "$A_VALUE" "$SYMPHONY_MARKER"';
        return runOn(host, { command, cwd: join(cwd, name), env: { A_VALUE: name }, marker: name });
      }),
    );

    for (const [index, name] of HOSTILE.entries()) {
      const [at, value, marker = ''] = results[index]?.stdout.split('\0') ?? [];
      expect({ at, value, marker: marker.slice(0, name.length) }).toEqual({
        at: `${join(cwd, name)}\nx`,
        value: name,
        marker: name,
      });
    }
    expect(await host.list(cwd)).toEqual([...HOSTILE].sort());
  });

  test('is refused where a shell cannot say it', async () => {
    const { host, cwd } = await aScene();

    await expect(host.kindOf(`${cwd}/\0`)).rejects.toMatchObject({ code: 'workspace_unavailable' });
    await expect(host.readText('relative')).rejects.toMatchObject({ code: 'workspace_unavailable' });
    const spec = { command: ':', cwd, withoutEnv: [], marker: 'x', onStdout: () => {}, onStderr: () => {} };
    await expect(host.spawn({ ...spec, env: { 'A-B': '' } })).rejects.toMatchObject({
      code: 'process_spawn_failed',
      message: expect.stringContaining('"A-B"'),
    });
    await expect(host.spawn({ ...spec, env: { A: '\0' } })).rejects.toMatchObject({
      code: 'process_spawn_failed',
    });
  });
});

describe('what crosses to a worker', () => {
  test('is what the command is given and nothing else of the daemon', async () => {
    const { host, cwd } = await aScene();
    process.env['SYMPHONY_TEST_SECRET'] = 'of the daemon';

    const { stdout } = await runOn(host, {
      command: 'env; cat /proc/$PPID/environ',
      cwd,
      env: { GIVEN: 'yes' },
    });

    delete process.env['SYMPHONY_TEST_SECRET'];
    expect(stdout).toContain('GIVEN=yes');
    expect(stdout).not.toContain('of the daemon');
    expect(stdout).not.toMatch(/symphony_(token|program|text|cwd)/);
  });

  test('shows in no list of processes, apart from the command', async () => {
    const { host, cwd } = await aScene();
    // Other tests of this machine are in the list, too.
    const value = `a value ${randomUUID()}`;

    const { stdout } = await runOn(host, { command: 'ps -eo args', cwd, env: { A_SECRET: value } });

    expect(stdout).toContain('ps -eo args');
    expect(stdout).not.toContain(value);
  });

  test('is two megabytes on one line, whole', async () => {
    const { host, cwd } = await aScene();
    const line = 'ä'.repeat(1_048_576);

    await host.writeText(join(cwd, 'file'), `${line.slice(0, 100_000)}\n`);

    expect((await host.readText(join(cwd, 'file')))?.length).toBe(100_001);
    const { process, lines } = await startOn(host, { command: 'head -n 1 | wc -c', cwd });
    process.write(`${line}\n`);
    expect(await lines(1)).toEqual(['2097153']);
  });
});
