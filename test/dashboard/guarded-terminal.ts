import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Tmux } from '../helpers/tmux.js';

export const TAKEN = 'alternate=1 cursor=0 wrap=0';
export const GIVEN_BACK = 'alternate=0 cursor=1 wrap=1';

/** The bit of SIGHUP in a set of signals. */
const HANGUP = 1;

/** Whether the other screen is shown, a cursor, and whether lines wrap. */
export function screenOf(terminal: Tmux): string {
  return asked(terminal, 'alternate=#{alternate_on} cursor=#{cursor_flag} wrap=#{wrap_flag}');
}

/** The settings of a terminal's keyboard, as `stty` keeps them. */
export function settingsOf(terminal: Tmux): string {
  return execFileSync('sh', ['-c', 'stty -g <"$1"', 'sh', asked(terminal, '#{pane_tty}')], {
    encoding: 'utf8',
  });
}

/** The processes that watch over the terminal of a program. */
export function guardsOf(program: number): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid=', '-o', 'args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, ...words]) => Number(parent) === program && words.includes('"$TERMINAL_GUARD"'))
    .map(([pid]) => Number(pid));
}

/** The one process that watches over the terminal of a program, once it does and has heard all that it was told. */
export async function guardOf(terminal: Tmux, program: number): Promise<number> {
  let guard = 0;
  await terminal.until(() => {
    const guards = guardsOf(program);
    expect(guards).toHaveLength(1);
    [guard = 0] = guards;
    expect(isWaitingForWords(guard)).toBe(true);
  });
  return guard;
}

/** Whether a guard heeds no signals any more and sleeps without a child: then it waits, and has heard all there is. */
function isWaitingForWords(guard: number): boolean {
  // Where nobody tells, it is ready long before its program has drawn anything.
  if (!existsSync('/proc/self/status')) return true;
  const file = `/proc/${guard}/status`;
  const status = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const ignored = Number.parseInt(/^SigIgn:.*(\w{4})$/m.exec(status)?.[1] ?? '0', 16);
  const parents = execFileSync('ps', ['-A', '-o', 'ppid='], { encoding: 'utf8' }).split(/\s+/);
  return (ignored & HANGUP) !== 0 && /^State:\s+S/m.test(status) && !parents.includes(`${guard}`);
}

/** What a script says of a command that ended; also into a file, as the screen of a killed one may still be the other. */
export const TELL_EXIT = 'echo exit=$? | tee "$directory/exit"';

/** Waits until a script has told the exit code of its command. */
export function hasExited(terminal: Tmux, code: number): Promise<void> {
  return terminal.until(() => expect(terminal.file('exit')).toBe(`exit=${code}\n`));
}

/** Waits until a terminal has the screen that it had, and a keyboard with these settings. */
export async function isAsBefore(terminal: Tmux, settings: string): Promise<void> {
  await terminal.until(() => {
    expect(screenOf(terminal)).toBe(GIVEN_BACK);
    expect(settingsOf(terminal)).toBe(settings);
  });
  expect(terminal.screen).toContain('before the dashboard');
  expect(terminal.screen).not.toContain('SYMPHONY');
}

function asked(terminal: Tmux, format: string): string {
  return terminal.run('display-message', '-p', format).trim();
}
