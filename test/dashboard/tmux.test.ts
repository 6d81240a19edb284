import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, type TestContext, test } from 'vitest';
import { needs } from '../helpers/needs.js';
import { TERMINAL_TEST, Tmux, type TmuxOptions } from '../helpers/tmux.js';

const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url));
const RUN = `"${process.execPath}" --import tsx "${PROGRAM}"`;
const IN_FRONT = 'alternate=1 cursor=0';
const GIVEN_BACK = 'alternate=0 cursor=1';

/** Runs the dashboard, and writes how the terminal was before and after. */
const ONCE = [
  // ctrl-c reaches the shell too, which has to live on.
  'trap : INT',
  'stty -g > "$directory/before"',
  'echo before the dashboard',
  RUN,
  'code=$?',
  'stty -g > "$directory/after"',
  'echo exit=$code',
  'exec cat',
].join('; ');

function aTerminal(context: TestContext, options: Partial<TmuxOptions> = {}): Tmux {
  needs(context, 'tmux', 'stty');
  return new Tmux({ command: ONCE, ...options });
}

/** A terminal with a shell that knows jobs, in which the dashboard was started by hand. */
async function aShell(context: TestContext, env: Readonly<Record<string, string>> = {}): Promise<Tmux> {
  needs(context, 'tmux', 'bash');
  const terminal = new Tmux({
    command: 'exec bash --norc --noprofile -i',
    env: { PS1: 'ready> ', HISTFILE: '', ...env },
  });
  await terminal.shows('ready>');
  terminal.type(RUN);
  terminal.press('Enter');
  await terminal.shows('╭─ SYMPHONY');
  return terminal;
}

function programId(terminal: Tmux): number {
  return Number(terminal.file('pid'));
}

function expectAsBefore(terminal: Tmux): void {
  expect(terminal.flags).toBe(GIVEN_BACK);
  expect(terminal.screen).toContain('before the dashboard');
  expect(terminal.screen).not.toContain('SYMPHONY');
  expect(terminal.file('after')).toBe(terminal.file('before'));
}

describe('on a real terminal the dashboard', TERMINAL_TEST, () => {
  test('runs, survives resizing, and leaves it as it was', async (context) => {
    const terminal = aTerminal(context);

    await terminal.shows('╰──');
    expect(terminal.flags).toBe(IN_FRONT);
    expect(terminal.screen).toMatch(/^╭─ SYMPHONY ─+ 1 blocked · 5 running · .*\n│ Agents {7}5\/10\n/u);
    expect(terminal.screen).toContain('│ ● MT-9          実装中のチケ…  5m');

    for (const [columns, rows] of [
      [70, 20],
      [180, 50],
      [60, 12],
      [70, 20],
    ] as const)
      terminal.resize(columns, rows);
    await terminal.shows('? 1  ● 5');
    await terminal.until(() => expect(terminal.screen.trimEnd().split('\n')).toHaveLength(20));
    terminal.resize(40, 8);
    await terminal.shows('Symphony needs 60×10');
    terminal.resize(120, 30);
    await terminal.shows('Backoff queue 2 ──');

    terminal.press('C-c');
    await terminal.shows('exit=0');
    expectAsBefore(terminal);
  });

  test.for([
    { NO_COLOR: '', hasColors: true },
    { NO_COLOR: '1', hasColors: false },
  ])('has colours unless it is told not to: %o', async ({ NO_COLOR, hasColors }, context) => {
    const terminal = aTerminal(context, { env: { NO_COLOR } });

    await terminal.shows('╰──');
    const drawn = terminal.run('capture-pane', '-p', '-e');

    // 30 to 37 are the colours; the bold, the dim and the inverse stay.
    expect(drawn.split('\u001b[').some((styled) => /^(?:\d+;)*3[0-7]m/u.test(styled))).toBe(hasColors);
    expect(drawn).toContain('\u001b[1m');
  });

  test('is worked by keys: selects, opens, answers in any script, pauses, quits', async (context) => {
    const log = 'orders';
    const terminal = aTerminal(context, {
      command: `PROGRAM_LOG="$directory/${log}"; export PROGRAM_LOG; ${ONCE}`,
    });

    await terminal.shows('↑↓ select');
    terminal.press('Down');
    await terminal.shows('╰─ MT-651  Release');
    terminal.press('Enter');
    await terminal.shows('approval requested: npm publish');
    terminal.press('a');
    await terminal.shows('❯ 1 Approve');
    terminal.press('Up', 'End', 'Enter');
    await terminal.shows('▏');
    terminal.type('はい, tomorrow 👍');
    await terminal.shows('はい, tomorrow');
    terminal.press('Enter');
    await terminal.shows('✓ MT-651 is answered.');
    terminal.press('Escape');
    await terminal.shows('1/15');
    terminal.press('p');
    await terminal.shows('✓ Nothing new begins.');
    terminal.press('?');
    await terminal.shows('keys and signs');
    terminal.press('q');
    await terminal.hides('keys and signs');
    terminal.press('q');
    await terminal.shows('Quit Symphony?');
    terminal.press('s');
    await terminal.shows('exit=0');

    expectAsBefore(terminal);
    expect(terminal.file(log).trimEnd().split('\n')).toEqual([
      'quit now',
      '["answer","MT-651",{"kind":"text","text":"はい, tomorrow 👍"},"Run npm publish?"]',
      '["orderDispatch","pause"]',
    ]);
  });

  test('takes what is pasted for words, and for no orders', async (context) => {
    const terminal = aTerminal(context, {
      command: `PROGRAM_LOG="$directory/log"; export PROGRAM_LOG; ${ONCE}`,
    });
    await terminal.shows('↑↓ select');

    terminal.run('set-buffer', 'rpqn');
    terminal.run('paste-buffer', '-p');
    terminal.press('Down', 'a');
    await terminal.shows('❯ 1 Approve');
    terminal.press('3', 'Enter');
    await terminal.shows('▏');
    terminal.run('paste-buffer', '-p');
    await terminal.shows('│   rpqn');
    terminal.press('C-c');
    await terminal.shows('exit=0');

    expect(terminal.file('log').trimEnd()).toBe('SIGINT');
  });

  test('gives it back when it crashes, and the reason can be read', async (context) => {
    const terminal = aTerminal(context, { env: { PROGRAM_CRASH: '' } });
    await terminal.shows('↑↓ select');

    terminal.press('r');
    await terminal.shows('exit=1');

    expectAsBefore(terminal);
    expect(terminal.screen).toContain('Error: crashed on purpose');
  });

  test.for(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)(
    'gives it back when %s ends the process, to which nobody listens',
    async (signal, context) => {
      const terminal = aTerminal(context, { env: { PROGRAM_SIGINT: 'default' } });
      await terminal.shows('↑↓ select');

      process.kill(programId(terminal), signal);
      await terminal.shows('exit=');

      expectAsBefore(terminal);
    },
  );

  test('leaves nothing of what was typed ahead to the shell', async (context) => {
    const readRest = 'timeout --foreground 1 cat > "$directory/rest"; echo done reading; exec cat';
    const command = `PROGRAM_LOG="$directory/log"; export PROGRAM_LOG; ${ONCE.replace('exec cat', readRest)}`;
    const terminal = aTerminal(context, { command, env: { PROGRAM_CRASH: 'typed' } });
    await terminal.shows('↑↓ select');

    terminal.press('r');
    await terminal.until(() => expect(terminal.file('log')).toContain('crashing'));
    terminal.type('typed ahead');
    terminal.press('C-j');
    // Whoever is answered after the keys were taken comes after them.
    expect(terminal.flags).toBe(IN_FRONT);
    writeFileSync(join(terminal.directory, 'typed'), '');
    await terminal.shows('done reading');

    expect(terminal.file('rest')).toBe('');
    expectAsBefore(terminal);
  });

  test('suspends on ctrl-z as any program, and goes on with fg', async (context) => {
    const terminal = await aShell(context);

    terminal.press('C-z');
    await terminal.shows('Stopped');
    expect(terminal.flags).toBe(GIVEN_BACK);
    terminal.type('echo "typed $((40 + 2))"');
    await terminal.shows('echo "typed');
    terminal.press('Enter');
    await terminal.shows('typed 42');

    terminal.type('fg');
    terminal.press('Enter');
    await terminal.shows('╭─ SYMPHONY');
    expect(terminal.flags).toBe(IN_FRONT);
    terminal.press('?');
    await terminal.shows('keys and signs');
    terminal.press('q');
    await terminal.hides('keys and signs');
    terminal.press('C-c');
    await terminal.until(() => expect(terminal.flags).toBe(GIVEN_BACK));
    await terminal.shows('typed 42');
  });

  test('is not held by a terminal that takes nothing any more, and shows the latest when it does again', async (context) => {
    const terminal = aTerminal(context, {
      command: `PROGRAM_LOG="$directory/beats"; PROGRAM_FLOOD=1; export PROGRAM_LOG PROGRAM_FLOOD; ${ONCE}`,
      columns: 200,
      rows: 60,
    });
    await terminal.shows('↑↓ select');
    const beats = (): number => terminal.file('beats').trimEnd().split('\n').length;

    terminal.signalServer('SIGSTOP');
    const before = beats();
    await terminal.until(() => expect(beats()).toBeGreaterThan(before + 400));
    terminal.signalServer('SIGCONT');
    terminal.press('?');
    await terminal.shows('keys and signs');

    expect(terminal.flags).toBe(IN_FRONT);
  });
});
