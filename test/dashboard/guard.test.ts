import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, type TestContext, test } from 'vitest';
import { TerminalGuard } from '../../src/dashboard/terminal/guard.js';
import { needs } from '../helpers/needs.js';
import { alive, leftOf } from '../helpers/processes.js';
import { TERMINAL_TEST, Tmux, type TmuxOptions } from '../helpers/tmux.js';
import {
  GIVEN_BACK,
  guardOf,
  hasExited,
  isAsBefore,
  screenOf,
  settingsOf,
  TAKEN,
  TELL_EXIT,
} from './guarded-terminal.js';

// Goal: a dashboard whose process is killed, and can do nothing itself, leaves its terminal as it found it.

const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url));
const RUN = `"${process.execPath}" --import tsx "${PROGRAM}"`;
const ONCE = `trap : INT; echo before the dashboard; stty -g > "$directory/before"; ${RUN}; ${TELL_EXIT}; exec cat`;

/** A terminal on which a script has started the dashboard. */
async function aScript(context: TestContext, options: Partial<TmuxOptions> = {}) {
  needs(context, 'tmux', 'stty', 'ps');
  const terminal = new Tmux({ command: ONCE, ...options });
  await terminal.shows('╰──');
  await terminal.until(() => expect(screenOf(terminal)).toBe(TAKEN));
  const program = Number(terminal.file('pid'));
  const before = terminal.file('before');
  return { terminal, program, before, guard: await guardOf(terminal, program) };
}

/** A terminal with a shell that knows jobs, in which the dashboard was started by hand. */
async function aShell(context: TestContext, { shell = 'bash --norc --noprofile', run = RUN } = {}) {
  needs(context, 'tmux', 'stty', 'ps', shell.split(' ')[0] ?? '');
  const terminal = new Tmux({ command: `exec ${shell} -i`, env: { PS1: 'ready> ', HISTFILE: '' } });
  await terminal.shows('ready>');
  terminal.type('stty -g > "$directory/before"; echo before "the dashboard"');
  terminal.press('Enter');
  await terminal.shows('\nbefore the dashboard');
  await terminal.shows('\nready>');
  const atPrompt = settingsOf(terminal);
  terminal.type(run);
  terminal.press('Enter');
  await terminal.shows('╰──');
  await terminal.until(() => expect(screenOf(terminal)).toBe(TAKEN));
  const program = Number(terminal.file('pid'));
  return { terminal, program, atPrompt, guard: await guardOf(terminal, program) };
}

/** What a shell gives its next command is as it was, too. */
async function isWorkedAsBefore(terminal: Tmux): Promise<void> {
  terminal.type('stty -g > "$directory/after"; echo worked "as before"');
  terminal.press('Enter');
  await terminal.shows('\nworked as before');
  expect(terminal.file('after')).toBe(terminal.file('before'));
}

describe('a dashboard that is killed', TERMINAL_TEST, () => {
  test.for([
    { shell: 'bash --norc --noprofile', kind: 'sets the keyboard right itself' },
    { shell: 'dash', kind: 'does not' },
  ])('gives the terminal back to a shell that $kind', async ({ shell }, context) => {
    const { terminal, program, atPrompt, guard } = await aShell(context, { shell });

    process.kill(program, 'SIGKILL');

    await isAsBefore(terminal, atPrompt);
    expect(await leftOf([guard])).toEqual([]);
    expect(settingsOf(terminal)).toBe(atPrompt);
    await isWorkedAsBefore(terminal);
  });

  test('gives the terminal back to a script that goes on', async (context) => {
    const { terminal, program, before, guard } = await aScript(context);

    process.kill(program, 'SIGKILL');

    await hasExited(terminal, 137);
    await isAsBefore(terminal, before);
    expect(await leftOf([guard])).toEqual([]);
  });

  test('gives it back when all of its process group is killed', async (context) => {
    const { terminal, program, atPrompt, guard } = await aShell(context, { run: `sh -c '${RUN}; true'` });
    const group = Number(execFileSync('ps', ['-o', 'pgid=', '-p', `${program}`], { encoding: 'utf8' }));

    process.kill(-group, 'SIGKILL');

    await isAsBefore(terminal, atPrompt);
    expect(await leftOf([guard])).toEqual([]);
    await isWorkedAsBefore(terminal);
  });

  test('gives it back when it was suspended and came again', async (context) => {
    const { terminal, program, atPrompt } = await aShell(context);
    terminal.press('C-z');
    await terminal.shows('Stopped');
    terminal.type('fg');
    terminal.press('Enter');
    await terminal.shows('╭─ SYMPHONY');
    await terminal.until(() => expect(screenOf(terminal)).toBe(TAKEN));

    process.kill(program, 'SIGKILL');

    await isAsBefore(terminal, atPrompt);
  });

  test('changes nothing of the screen of a shell while it is suspended', async (context) => {
    const { terminal, program, guard } = await aShell(context);
    terminal.press('C-z');
    await terminal.shows('Stopped');
    // As a program of the shell might have it.
    terminal.type("printf '\\033[?1049h\\033[?25lon my own'");
    terminal.press('Enter');
    // What was typed shows these words before anything comes of them.
    const own = 'alternate=1 cursor=0 wrap=1';
    await terminal.until(() => expect(screenOf(terminal)).toBe(own));
    await terminal.shows('on my own');

    process.kill(program, 'SIGKILL');

    expect(await leftOf([program, guard])).toEqual([]);
    expect(screenOf(terminal)).toBe(own);
    expect(terminal.screen).toContain('on my own');
  });
});

describe('the guard of a terminal', TERMINAL_TEST, () => {
  test.for([
    { end: 'ctrl-c', press: ['C-c'], exit: 0 },
    { end: 'SIGQUIT', press: ['C-\\'], exit: 131 },
    { end: 'a crash', press: ['r'], exit: 1, env: { PROGRAM_CRASH: '' } },
  ])('ends with a program that ends by $end', async ({ press, exit, env = {} }, context) => {
    const { terminal, before, guard } = await aScript(context, { env });

    terminal.press(...press);

    await hasExited(terminal, exit);
    expect(await leftOf([guard])).toEqual([]);
    await isAsBefore(terminal, before);
  });

  test('ends with a program that is asked to quit', async (context) => {
    const { terminal, before, guard } = await aScript(context);

    terminal.press('q');
    await terminal.shows('Quit Symphony?');
    terminal.press('s');

    await hasExited(terminal, 0);
    expect(await leftOf([guard])).toEqual([]);
    await isAsBefore(terminal, before);
  });

  test.for([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ends with a program that %s ends', async ([signal, exit], context) => {
    const { terminal, program, before, guard } = await aScript(context);

    process.kill(program, signal);

    await hasExited(terminal, exit);
    expect(await leftOf([guard])).toEqual([]);
    await isAsBefore(terminal, before);
  });

  test('gives back what a program could not, as its terminal took nothing when it ended', async (context) => {
    const { terminal, program, before } = await aScript(context, {
      command: `PROGRAM_LOG="$directory/beats"; PROGRAM_FLOOD=1; export PROGRAM_LOG PROGRAM_FLOOD; ${ONCE}`,
      columns: 200,
      rows: 60,
    });
    const beats = (): number => terminal.file('beats').trimEnd().split('\n').length;

    terminal.signalServer('SIGSTOP');
    const then = beats();
    await terminal.until(() => expect(beats()).toBeGreaterThan(then + 200));
    process.kill(program, 'SIGTERM');
    await terminal.until(() => expect(alive([program])).toEqual([]));
    terminal.signalServer('SIGCONT');

    await isAsBefore(terminal, before);
  });

  test('is in nobody’s way: a session and a directory of its own, and no secret', async (context) => {
    const { guard } = await aScript(context, { env: { LINEAR_API_KEY: 'lin_secret' } });

    const group = execFileSync('ps', ['-o', 'pgid=', '-p', `${guard}`], { encoding: 'utf8' });
    expect(Number(group)).toBe(guard);
    expect(execFileSync('ps', ['-o', 'args=', '-p', `${guard}`], { encoding: 'utf8' })).not.toMatch(
      /symphony/iu,
    );
    const environment = `/proc/${guard}/environ`;
    if (!existsSync(environment))
      context.skip('because this system does not tell the environment of a process');
    const names = readFileSync(environment, 'utf8')
      .split('\0')
      .flatMap((pair) => pair.match(/^[A-Z_]+(?==)/u) ?? []);
    expect(names.sort()).toEqual(['LC_ALL', 'LEAVE', 'PATH', 'TERMINAL_GUARD']);
    expect(readlinkSync(`/proc/${guard}/cwd`)).toBe('/');
  });

  test('is no loss when it is killed itself', async (context) => {
    const { terminal, before, guard } = await aScript(context);

    process.kill(guard, 'SIGKILL');
    expect(await leftOf([guard])).toEqual([]);
    terminal.press('?');
    await terminal.shows('keys and signs');
    terminal.press('C-c');

    await hasExited(terminal, 0);
    await isAsBefore(terminal, before);
  });

  test('is none where no process can be started with a terminal, and that is all', () => {
    const noFile = 1_000_000;

    expect(TerminalGuard.start(process.stdin, { fd: noFile })).toBeNull();
    expect(TerminalGuard.start(process.stdin, {})).toBeNull();
  });

  test('stays by the program whatever ends or stops a terminal’s programs', async (context) => {
    const { terminal, program, before, guard } = await aScript(context);

    for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGTSTP'] as const)
      process.kill(guard, signal);
    process.kill(program, 'SIGKILL');

    await hasExited(terminal, 137);
    await isAsBefore(terminal, before);
    expect(await leftOf([guard])).toEqual([]);
    expect(screenOf(terminal)).toBe(GIVEN_BACK);
  });
});
