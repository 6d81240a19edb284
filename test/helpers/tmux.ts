import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';

/** Far more than anything here takes, also on a machine that does much else. */
const WITHIN_MS = 40_000;
/** The limit for tests with a terminal; each of their waits has a shorter one. */
export const TERMINAL_TEST = { timeout: 180_000 };

/** How a terminal begins. */
export interface TmuxOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** What runs in it, a shell command; `$directory` in it is a folder of its own. */
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A real terminal, in which a command runs until the test is over. */
export class Tmux {
  readonly directory = mkdtempSync(join(tmpdir(), 'symphony-tmux-'));

  constructor({ columns = 100, rows = 40, command, env = {} }: TmuxOptions) {
    const variables = Object.entries({ directory: this.directory, ...env });
    const size = ['-x', `${columns}`, '-y', `${rows}`];
    const settings = variables.flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    // In what says it is CI, programs show no colours.
    this.run('new-session', '-d', ...size, ...settings, 'sh', '-c', `unset CI; ${command}`);
    onTestFinished(async () => {
      this.signalServer('SIGCONT');
      this.run('kill-server');
      // What ran in it writes there until it has heard that its terminal is gone.
      await this.until(() => {
        rmSync(this.directory, { recursive: true, force: true });
        expect(existsSync(this.directory)).toBe(false);
      });
    });
    this.#serverId = Number(this.run('display-message', '-p', '#{pid}'));
  }

  readonly #serverId: number;

  run(...args: readonly string[]): string {
    const socket = join(this.directory, 'socket');
    return execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' });
  }

  /** Presses keys, by the names that tmux has for them. */
  press(...keys: readonly string[]): void {
    this.run('send-keys', ...keys);
  }

  /** Types a text, as it is. */
  type(text: string): void {
    this.run('send-keys', '-l', text);
  }

  resize(columns: number, rows: number): void {
    this.run('resize-window', '-x', `${columns}`, '-y', `${rows}`);
  }

  get screen(): string {
    return this.run('capture-pane', '-p');
  }

  /** Whether the other screen is shown, and a cursor. */
  get flags(): string {
    return this.run('display-message', '-p', 'alternate=#{alternate_on} cursor=#{cursor_flag}').trim();
  }

  /** A file of its folder, empty while there is none. */
  file(name: string): string {
    const path = join(this.directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  /** What a terminal does that stops taking and giving anything, and goes on. */
  signalServer(signal: 'SIGSTOP' | 'SIGCONT'): void {
    process.kill(this.#serverId, signal);
  }

  shows(text: string): Promise<void> {
    return this.until(() => expect(this.screen).toContain(text));
  }

  hides(text: string): Promise<void> {
    return this.until(() => expect(this.screen).not.toContain(text));
  }

  /** Waits until an expectation holds. */
  until(expectation: () => void): Promise<void> {
    return vi.waitFor(expectation, { timeout: WITHIN_MS, interval: 50 });
  }
}
