import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { Ending } from './board-daemon.js';

/** A program in a real terminal of 100 by 60, which stays to be read when the program has ended. */
export interface TerminalSession {
  /** What is to be seen now, without trailing blanks. */
  screen(): string;
  /** Types a line. */
  answer(text: string): void;
  /** Presses a key by tmux's name of it, such as `C-c`. */
  press(key: string): void;
  /** Waits until a text is to be seen. */
  shows(text: string): Promise<void>;
}

/** What a program is started with. */
interface Program {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a Node program in a terminal; both go with the test. Its exit code is shown as `exit=…`. */
export function inTerminal(context: Ending, { args, cwd, env }: Program): TerminalSession {
  const directory = mkdtempSync(join(tmpdir(), 'symphony-tmux-'));
  const tmux = (...words: string[]): string =>
    execFileSync('tmux', ['-S', join(directory, 'socket'), '-f', '/dev/null', ...words], {
      encoding: 'utf8',
    });
  // ctrl-c reaches the shell too, which has to live on.
  const script = 'trap : INT; "$@"; echo "exit=$?"; exec cat';
  const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const program = [process.execPath, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const command = `sh -c '${script}' sh ${program}`;
  tmux('new-session', '-d', '-x', '100', '-y', '60', '-c', cwd, ...variables, command);
  context.onTestFinished(() => {
    tmux('kill-server');
    rmSync(directory, { recursive: true, force: true, maxRetries: 20 });
  });
  const screen = (): string =>
    tmux('capture-pane', '-p')
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd();
  return {
    screen,
    answer: (text) => {
      if (text !== '') tmux('send-keys', '-l', text);
      tmux('send-keys', 'Enter');
    },
    press: (key) => {
      tmux('send-keys', key);
    },
    shows: (text) => vi.waitFor(() => expect(screen()).toContain(text), { timeout: 60_000, interval: 50 }),
  };
}
