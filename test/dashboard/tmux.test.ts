import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { needs } from '../helpers/needs.js';

const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url));

/** A real terminal of 100 by 40, in which a shell runs the dashboard. */
function aTerminal() {
  const directory = mkdtempSync(join(tmpdir(), 'symphony-tmux-'));
  const tmux = (...args: string[]): string =>
    execFileSync('tmux', ['-S', join(directory, 'socket'), '-f', '/dev/null', ...args], { encoding: 'utf8' });
  const command = [
    // ctrl-c reaches the shell too, which has to live on.
    'trap : INT',
    `stty -g > ${directory}/before`,
    'echo before the dashboard',
    `"${process.execPath}" --import tsx ${PROGRAM}`,
    'code=$?',
    `stty -g > ${directory}/after`,
    'echo exit=$code',
    'exec cat',
  ].join('; ');
  tmux('new-session', '-d', '-x', '100', '-y', '40', '-e', 'CI=', 'sh', '-c', command);
  onTestFinished(() => {
    tmux('kill-server');
    rmSync(directory, { recursive: true, force: true });
  });
  const screen = (): string => tmux('capture-pane', '-p');
  return {
    tmux,
    screen,
    flags: () => tmux('display-message', '-p', 'alternate=#{alternate_on} cursor=#{cursor_flag}').trim(),
    line: (name: 'before' | 'after') => readFileSync(join(directory, name), 'utf8'),
    shows: (text: string) =>
      vi.waitFor(() => expect(screen()).toContain(text), { timeout: 20_000, interval: 50 }),
  };
}

test('runs on a real terminal, survives typing and resizing, and leaves it as it was', async (context) => {
  needs(context, 'tmux', 'stty');
  const terminal = aTerminal();

  await terminal.shows('╰─');
  expect(terminal.flags()).toBe('alternate=1 cursor=0');
  expect(terminal.screen()).toMatch(/^╭─ SYMPHONY\n│ Agents {7}5\/10\n/u);
  expect(terminal.screen()).toContain('│ ● MT-9          実装中のチケ…  4242');

  terminal.tmux('send-keys', 'typed', 'Enter', 'Enter', 'Enter');
  terminal.tmux('resize-window', '-x', '70', '-y', '20');
  await terminal.shows('… and');
  await vi.waitFor(() => expect(terminal.screen()).not.toContain('typed'), { timeout: 10_000 });
  expect(terminal.screen()).toMatch(/^╭─ SYMPHONY\n│ Agents {7}5\/10\n/u);

  terminal.tmux('send-keys', 'C-c');
  await terminal.shows('exit=0');
  expect(terminal.flags()).toBe('alternate=0 cursor=1');
  expect(terminal.screen()).toContain('before the dashboard');
  expect(terminal.screen()).not.toContain('SYMPHONY');
  expect(terminal.line('after')).toBe(terminal.line('before'));
});
