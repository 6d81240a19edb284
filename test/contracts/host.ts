import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Host } from '../../src/ports/host.js';
import { needs } from '../helpers/needs.js';
import { alive, aPlace, HARD_TREE, HARD_TREE_SIZE, leftOf, runOn, startOn } from '../helpers/processes.js';
import { hostFilesContract } from './host-files.js';
import { hostHoldsContract } from './host-holds.js';

/** A host that runs its commands on this machine, by whatever way, so that a test can look at their processes. */
export type HostUnderTest = (env?: { readonly [name: string]: string }) => Promise<Host>;

/** Leaves the streams of the command, then says its number on a copy that nobody looks at. */
const TURNED_AWAY = 'exec 9>&1 >/dev/null 2>&1 </dev/null; echo $$ >&9; exec sleep 1000';

/** What every host must do. `setup` is given what the commands' environment begins with, besides PATH. */
export function hostContract(name: string, setup: HostUnderTest): void {
  const begin = async (env?: { readonly [name: string]: string }): Promise<{ host: Host; cwd: string }> => {
    const cwd = await aPlace();
    const host = await setup({ HOME: cwd, ...env });
    onTestFinished(() => host.close());
    return { host, cwd };
  };

  describe(`a command on ${name}`, () => {
    test('runs in a login shell in its directory, with its own stdin, stdout and stderr', async () => {
      const { host, cwd } = await begin();
      const command =
        'shopt -q login_shell && pwd -P; read -r line; echo "heard $line"; echo aside >&2; exit 3';

      const { process, stdout, stderr } = await startOn(host, { command, cwd });
      process.write('something\n');

      expect(await process.exited).toEqual({ code: 3, signal: null });
      expect(stdout()).toBe(`${cwd}\nheard something\n`);
      expect(stderr()).toBe('aside\n');
    });

    test('has the process number it was started with', async () => {
      const { host, cwd } = await begin();

      const { process, lines } = await startOn(host, { command: 'echo $$; read -r _', cwd });

      expect(await lines(1)).toEqual([String(process.processId)]);
    });

    test('tells which signal ended it, and says nothing of its own about it', async () => {
      const { host, cwd } = await begin();

      expect(await runOn(host, { command: 'kill -KILL $$', cwd })).toEqual({
        stdout: '',
        stderr: '',
        end: 'SIGKILL',
      });
    });

    test('has given all its output when it has exited', async () => {
      const { host, cwd } = await begin();

      const { stdout, end } = await runOn(host, { command: 'head -c 3000000 /dev/zero | tr "\\0" x', cwd });

      expect(stdout.length).toBe(3_000_000);
      expect(end).toBe(0);
    });

    test('keeps its meaning, whatever it begins and ends with', async () => {
      const { host, cwd } = await begin();
      const outputOf = async (command: string) =>
        (await runOn(host, { command, cwd, withoutEnv: ['A_SECRET'] })).stdout;

      expect(await outputOf('WORD=set sh -c \'echo "$WORD"\'')).toBe('set\n');
      expect(await outputOf('false || echo second && echo third')).toBe('second\nthird\n');
      expect(await outputOf('cat <<END\nin a heredoc\nEND')).toBe('in a heredoc\n');
      expect(await outputOf('echo before # a comment')).toBe('before\n');
      expect(await outputOf('echo "$#" "it\'s" \\"quoted\\"')).toBe('0 it\'s "quoted"\n');
    });

    test('may be longer than one argument may be, and still has its stdin', async () => {
      const { host, cwd } = await begin();
      const padding = `${'ä😀x'.repeat(60_000)}`;
      const command = `cat >copy <<'END'\n${padding}\nEND\nread -r line; echo "$line $#\${symphony_script-}"`;

      const { process, stdout } = await startOn(host, { command, cwd });
      process.write('on stdin\n');
      await process.exited;

      expect(stdout()).toBe('on stdin 0\n');
      expect((await readFile(join(cwd, 'copy'), 'utf8')) === `${padding}\n`).toBe(true);
    });

    test('finds a shell as it always is, however long it is', async () => {
      const { host, cwd } = await begin();
      const command =
        'old=$IFS; IFS=,; IFS=$old; words="a b"; set -- $words; printf %s "$# $IFS" | od -An -c';
      const padding = '# padding\n'.repeat(30_000);

      const [short, long] = await Promise.all([
        runOn(host, { command, cwd }),
        runOn(host, { command: padding + command, cwd }),
      ]);

      expect(short.stdout.trim().split(/ +/)).toEqual(['2', '\\t', '\\n']);
      expect(long).toEqual(short);
    });

    test('gives ten megabytes whole and in order, and takes one', async () => {
      const { host, cwd } = await begin();
      const { process, stdout, stderr } = await startOn(host, {
        command: 'wc -c >&2; seq -f %09.0f 1 1000000',
        cwd,
      });

      process.write('ä'.repeat(524_288));
      process.closeStdin();
      await process.exited;

      const lines = stdout().split('\n');
      expect(stderr().trim()).toBe('1048576');
      expect(lines).toHaveLength(1_000_001);
      expect(lines.slice(0, -1).findIndex((line, index) => Number(line) !== index + 1)).toBe(-1);
    });

    test('has the default answer to every signal', async () => {
      const { host, cwd } = await begin();
      const command =
        'for s in HUP INT QUIT PIPE TERM ALRM USR1 USR2 VTALRM; do (kill -$s $BASHPID; echo "$s was ignored"); done';

      expect((await runOn(host, { command, cwd })).stdout).toBe('');
    });

    test('has what is added to its environment, and nothing that is withheld', async () => {
      const { host, cwd } = await begin({ A_SECRET: 'of the daemon', KEPT: 'kept' });
      const command = `echo "$(printenv A_SECRET) $KEPT $ADDED"; env | grep -c A_SECRET`;

      const { stdout } = await runOn(host, {
        command,
        cwd,
        env: { ADDED: 'added' },
        withoutEnv: ['A_SECRET'],
      });

      expect(stdout).toBe(' kept added\n0\n');
    });

    test('does not see a secret that its login profile exports again', async () => {
      const { host, cwd } = await begin();
      const profile = 'export A_SECRET=again FROM_PROFILE=yes\ndeclare -rx FIRM_SECRET=firm\n';
      await writeFile(join(cwd, '.bash_profile'), profile);
      const command = `echo "$A_SECRET $FROM_PROFILE"; env | grep -c _SECRET`;

      const { stdout } = await runOn(host, { command, cwd, withoutEnv: ['A_SECRET', 'FIRM_SECRET'] });

      expect(stdout).toBe(' yes\n0\n');
    });

    test('has nothing in its output of what its login profile prints, not even on the same line', async () => {
      const { host, cwd } = await begin();
      await writeFile(join(cwd, '.bash_profile'), 'echo "of the profile"; printf "Welcome! "\n');

      const { stdout, stderr } = await runOn(host, {
        command: 'echo said; { echo more >&6; } 2>/dev/null',
        cwd,
      });

      expect(stdout).toBe('said\n');
      expect(stderr).toBe('of the profile\nWelcome! ');
    });

    test('is not disturbed by withheld names that no variable can have', async () => {
      const { host, cwd } = await begin({ A_SECRET: 'of the daemon' });
      const withoutEnv = ['A-B', '', '$(touch oops)', '1', 'A_SECRET'];

      const { stdout, stderr } = await runOn(host, {
        command: 'printenv A_SECRET || echo none; ls -A',
        cwd,
        env: { A_SECRET: 'added' },
        withoutEnv,
      });

      expect({ stdout, stderr }).toEqual({ stdout: 'none\n', stderr: '' });
    });

    test('can be interrupted by what it runs', async () => {
      const { host, cwd } = await begin();

      const { stdout } = await runOn(host, {
        command: "trap 'echo interrupted; exit' INT; kill -INT $$; sleep 1",
        cwd,
      });

      expect(stdout).toBe('interrupted\n');
    });

    test('may signal its own process group without losing its supervisor', async (context) => {
      needs(context, 'setsid');
      const { host, cwd } = await begin();
      const command = "setsid sh -c 'echo $$; exec sleep 1000' & read -r line; kill 0; sleep 1000";
      const { process, lines } = await startOn(host, { command, cwd });
      const [pid] = await lines(1);

      process.write('go\n');

      expect(await process.exited).toEqual({ code: null, signal: 'SIGTERM' });
      expect(alive([Number(pid)])).toEqual([]);
    });

    test('that has exited takes no more input', async () => {
      const { host, cwd } = await begin();
      const { process } = await startOn(host, { command: 'exec <&-; sleep 0.2', cwd });

      process.write('x'.repeat(1_000_000));
      expect((await process.exited).code).toBe(0);
      process.write('more');
      process.closeStdin();

      expect(await process.stop(0)).toEqual({ survivors: [] });
    });

    test('is refused with the cause when its directory is missing', async () => {
      const { host, cwd } = await begin();
      const missing = join(cwd, 'missing');

      await expect(startOn(host, { command: 'true', cwd: missing })).rejects.toMatchObject({
        code: 'process_spawn_failed',
        message: expect.stringContaining(missing),
      });
    });

    test('is refused with the cause when its directory is a file, and when there is no bash', async () => {
      const { host, cwd } = await begin();
      const bare = await begin({ PATH: cwd });
      const file = join(cwd, 'file');
      await writeFile(file, '');

      await expect(startOn(host, { command: 'true', cwd: file })).rejects.toMatchObject({
        code: 'process_spawn_failed',
        message: expect.stringContaining(file),
      });
      await expect(startOn(bare.host, { command: 'true', cwd })).rejects.toMatchObject({
        code: 'process_spawn_failed',
        message: expect.stringContaining('bash was not found'),
      });
    });

    test('is refused when no shell could take it', async () => {
      const { host, cwd } = await begin();

      await expect(startOn(host, { command: 'echo \0', cwd })).rejects.toMatchObject({
        code: 'process_spawn_failed',
      });
    });
  });

  describe(`the end of a command on ${name}`, () => {
    test('comes by itself when it heeds the end of its stdin', async () => {
      const { host, cwd } = await begin();
      const { process, stdout } = await startOn(host, { command: "cat; echo 'ended well'; exit 5", cwd });

      expect(await process.stop(600_000)).toEqual({ survivors: [] });

      expect(await process.exited).toEqual({ code: 5, signal: null });
      expect(stdout()).toBe('ended well\n');
    });

    test('comes by TERM when it does not, and leaves it a moment', async () => {
      const { host, cwd } = await begin();
      const command = "trap 'echo tidied up; exit 6' TERM; echo ready; while :; do sleep 0.05; done";
      const { process, stdout, lines } = await startOn(host, { command, cwd });
      await lines(1);

      await process.stop(0);

      expect(await process.exited).toEqual({ code: 6, signal: null });
      expect(stdout()).toBe('ready\ntidied up\n');
    });

    test('is the end of its whole tree: sessions of their own, orphans, bare environments, deaf ones', async (context) => {
      needs(context, 'setsid');
      const { host, cwd } = await begin();
      const { process, lines } = await startOn(host, { command: HARD_TREE, cwd });
      const tree = (await lines(HARD_TREE_SIZE)).map(Number);
      expect(alive(tree)).toHaveLength(HARD_TREE_SIZE);

      expect(await process.stop(0)).toEqual({ survivors: [] });

      expect(alive(tree)).toEqual([]);
      expect(await process.exited).toEqual({ code: null, signal: 'SIGKILL' });
    });

    test('is the end of what it left behind, and does not wait for it to close the output', async (context) => {
      needs(context, 'setsid');
      const { host, cwd } = await begin();
      const command = [
        `(setsid sh -c 'echo $$; exec sleep 1000' &)`,
        `(env -i setsid sh -c 'echo $$; exec sleep 1000' &)`,
        `(setsid sh -c '${TURNED_AWAY}' &)`,
        `(env -i sh -c '${TURNED_AWAY}' &)`,
        `sh -c "trap '' TERM; echo \\$\\$; sleep 1000" &`,
        'read -r line; exit 4',
      ].join('\n');
      const { process, lines } = await startOn(host, { command, cwd });
      const left = (await lines(5)).map(Number);

      process.write('go\n');

      expect(await process.exited).toEqual({ code: 4, signal: null });
      expect(alive(left)).toEqual([]);
    });

    test('does not wait for what is out of reach and holds its output open', async (context) => {
      needs(context, 'setsid');
      const { host, cwd } = await begin();
      const unmarked = '{ ulimit -S -w unlimited || ulimit -S -x unlimited; } 2>/dev/null';
      const { process, lines } = await startOn(host, {
        command: `(env -i setsid sh -c '${unmarked}; ${TURNED_AWAY}' &); read -r line; exit 5`,
        cwd,
      });
      const escaped = (await lines(1)).map(Number);
      onTestFinished(() => {
        for (const pid of alive(escaped)) globalThis.process.kill(pid, 'SIGKILL');
      });

      process.write('go\n');

      expect(await process.exited).toEqual({ code: 5, signal: null });
      expect(alive(escaped)).toEqual(escaped);
    });

    test('is one end, however often and eagerly it is asked for', async () => {
      const { host, cwd } = await begin();
      const { process, lines } = await startOn(host, { command: 'echo $$; while :; do sleep 1; done', cwd });
      const [number] = await lines(1);

      const ends = await Promise.all([process.stop(600_000), process.stop(600_000), process.stop(0)]);

      expect(ends).toEqual([{ survivors: [] }, { survivors: [] }, { survivors: [] }]);
      expect(await process.stop(0)).toEqual({ survivors: [] });
      expect(alive([Number(number)])).toEqual([]);
    });

    test('comes also before it has begun, and while its host closes', async () => {
      const { host, cwd } = await begin();
      const { process } = await startOn(host, { command: 'sleep 1000; touch oops', cwd });
      await process.stop(0);
      // Either it never begins, or it ends.
      const ended = startOn(host, { command: 'sleep 1000; touch oops', cwd }).then(
        ({ process }) => process.exited,
        (error: unknown) =>
          // A far host may have been closed before it could say that it began.
          expect(error).toMatchObject({
            code: expect.stringMatching(/^(process_spawn_failed|host_unreachable)$/),
          }),
      );
      await host.close();

      await ended;

      expect(await readdir(cwd)).toEqual([]);
    });

    test('comes to thirty at once', async () => {
      const { host, cwd } = await begin();
      const command = "trap '' TERM; echo $$; while :; do sleep 1; done";
      const started = await Promise.all(Array.from({ length: 30 }, () => startOn(host, { command, cwd })));
      const pids = (await Promise.all(started.map(({ lines }) => lines(1)))).flat().map(Number);
      expect(alive(pids)).toHaveLength(30);

      const ends = await Promise.all(started.map(({ process }) => process.stop(0)));

      expect(ends).toEqual(Array(30).fill({ survivors: [] }));
      expect(alive(pids)).toEqual([]);
    });

    test('does not touch another command or its orphans, also with a marker that begins alike or is the same', async (context) => {
      needs(context, 'setsid');
      const { host, cwd } = await begin();
      const command = `(setsid sh -c '${TURNED_AWAY}' &); read -r line; exit 7`;
      const first = await startOn(host, { command, cwd, marker: 'run-1' });
      const others = await Promise.all(
        ['run-1', 'run-10', 'run-1.2'].map((marker) => startOn(host, { command, cwd, marker })),
      );
      const orphans = (await Promise.all([first, ...others].map(({ lines }) => lines(1)))).flat().map(Number);

      await first.process.stop(0);

      expect(alive(orphans).sort()).toEqual(orphans.slice(1).sort());
      for (const { process } of others) {
        process.write('\n');
        expect(await process.exited).toEqual({ code: 7, signal: null });
      }
      expect(alive(orphans)).toEqual([]);
    });

    test('does not touch a person who works in the same directory', async (context) => {
      needs(context, 'setsid');
      const { host, cwd } = await begin();
      const { process, lines } = await startOn(host, { command: 'echo ready; sleep 1000', cwd });
      await lines(1);
      // One with a living parent, and one that has lost it, as an editor started from a terminal.
      const shell = spawn('sh', ['-c', 'setsid sh -c "echo \\$\\$; exec sleep 1000" & exec sleep 1000'], {
        cwd,
        detached: true,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const editor = Number(
        await new Promise((resolve) => shell.stdout.once('data', (chunk) => resolve(String(chunk)))),
      );
      const pids = [shell.pid ?? 0, editor];
      onTestFinished(() => {
        for (const pid of alive(pids)) globalThis.process.kill(pid, 'SIGKILL');
      });

      await process.stop(0);

      expect(alive(pids).sort()).toEqual([...pids].sort());
    });

    test('comes to all of them when the host is closed', async () => {
      const { host, cwd } = await begin();
      const started = await Promise.all(
        [1, 2, 3].map(() => startOn(host, { command: 'echo $$; while :; do sleep 1; done', cwd })),
      );
      const pids = (await Promise.all(started.map(({ lines }) => lines(1)))).flat().map(Number);

      await host.close();

      expect(await leftOf(pids)).toEqual([]);
      await Promise.all(started.map(({ process }) => process.exited));
    });
  });

  hostFilesContract(name, begin);
  hostHoldsContract(name, begin);
}
