import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const PROGRAMS = fileURLToPath(new URL('./programs/', import.meta.url));

/** A program of test/helpers/programs in a process of its own, which speaks in lines and which a test may kill. */
export interface Program {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Says a line on its stdin. */
  say(line: string): void;
  /** The next line it says; fails when it ends without one. */
  next(): Promise<string>;
  /** The next `count` lines. */
  lines(count: number): Promise<string[]>;
  /** Ends it as a crash or `kill -9` does, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a program; killed after the test. */
export function startProgram(name: string, ...args: readonly string[]): Program {
  const tsx = import.meta.resolve('tsx');
  const child = spawn(process.execPath, ['--import', tsx, `${PROGRAMS}${name}.ts`, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  child.stdin.on('error', () => {});
  const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await said.next();
    if (done === true) throw new Error(`${name} ended and said nothing more`);
    return value;
  };
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  onTestFinished(kill);
  return {
    child,
    pid: child.pid ?? 0,
    say: (line) => void child.stdin.write(`${line}\n`),
    next,
    lines: async (count) => {
      const lines: string[] = [];
      while (lines.length < count) lines.push(await next());
      return lines;
    },
    kill,
  };
}
