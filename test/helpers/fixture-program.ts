import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A program of fixtures/hosts that runs, and speaks in lines. */
export interface FixtureProgram {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Says a line on its stdin. */
  say(line: string): void;
  /** The next line it says; fails when it ends without one. */
  next(): Promise<string>;
  /** Kills it as nothing can be heeded, and waits until it is gone. */
  killHard(): Promise<void>;
}

/** Starts a TypeScript program of fixtures/hosts; killed when the test ends. */
export function startFixture(name: string, ...args: readonly string[]): FixtureProgram {
  const program = fileURLToPath(new URL(`../../fixtures/hosts/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const killHard = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  onTestFinished(killHard);
  return {
    child,
    pid: child.pid ?? 0,
    say: (line) => void child.stdin.write(`${line}\n`),
    next: async () => {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${name} ended and said nothing more`);
      return value;
    },
    killHard,
  };
}
