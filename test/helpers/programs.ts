import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const PROGRAMS = fileURLToPath(new URL('./programs/', import.meta.url));

/** A program of test/helpers/programs in a process of its own, which a test may kill. */
export interface Program {
  readonly child: ChildProcess;
  /** The first `count` lines of its stdout. */
  readonly lines: (count: number) => Promise<string[]>;
  /** Ends it as a crash or `kill -9` does. */
  readonly kill: () => Promise<void>;
}

/** Starts a program; killed after the test. */
export function startProgram(name: string, ...args: readonly string[]): Program {
  const child = spawn(process.execPath, ['--import', 'tsx', `${PROGRAMS}${name}.ts`, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  let output = '';
  child.stdout.setEncoding('utf8');
  const lines = async (count: number): Promise<string[]> => {
    for (;;) {
      const complete = output.split('\n').slice(0, -1);
      if (complete.length >= count) return complete.slice(0, count);
      const heard = await Promise.race([once(child.stdout, 'data'), exited.then(() => null)]);
      if (heard === null) throw new Error(`${name} ended after ${complete.length} lines: ${output}`);
    }
  };
  child.stdout.on('data', (chunk: string) => {
    output += chunk;
  });
  return { child, lines, kill };
}
