import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { onTestFinished, vi } from 'vitest';

// A test here starts several programs, one after the other, and each takes seconds on a machine that does much else.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** The built program. The gate builds it before the tests; alone, run `npm run build` first. */
const CLI_PATH = resolve('dist/cli.js');

/** Only what a program needs to run, so that a test does not depend on who runs it. */
const BARE_ENVIRONMENT = { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C.UTF-8' };

/** A new directory with these files in it; goes with the test. */
export function aDirectory(files: Readonly<Record<string, string>> = {}): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'symphony-cli-')));
  // What a program that was killed had started may write a moment longer.
  onTestFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 20 }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the built program; killed when the test ends, whatever it does. */
export function startSymphony(args: readonly string[], { cwd, env = {} }: Surroundings = {}) {
  const child = execa(process.execPath, [CLI_PATH, ...args], {
    cwd: cwd ?? aDirectory(),
    env: { ...BARE_ENVIRONMENT, ...env },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  });
  return child;
}

/** A started program. */
export type RunningSymphony = ReturnType<typeof startSymphony>;

/** What a finished program left behind. */
export interface Finished {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built program to its end. */
export async function symphony(args: readonly string[], surroundings: Surroundings = {}): Promise<Finished> {
  return finished(startSymphony(args, surroundings));
}

/** Waits for a program to end. */
export async function finished(child: RunningSymphony): Promise<Finished> {
  const { exitCode, signal, stdout, stderr } = await child;
  return { exitCode, signal, stdout: stdout ?? '', stderr: stderr ?? '' };
}

/** Waits until the program has printed a match, and returns it; fails when the program ends without one. */
export function printed(
  child: RunningSymphony,
  pattern: RegExp,
  stream: 'stdout' | 'stderr' = 'stdout',
): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child[stream].on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const match = pattern.exec(output);
      if (match !== null) resolve(match[0]);
    });
    // Not at `exit`: what it printed last may be read after that.
    child.once('close', () => reject(new Error(`${pattern} was never printed, only: ${output}`)));
  });
}

/** A daemon on `./WORKFLOW.md` of a directory whose HTTP server has said where it listens. */
export async function aRunningDaemon(
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly child: RunningSymphony; readonly url: string }> {
  const child = startSymphony(['--port', '0'], { cwd, env });
  const url = await printed(child, /http:\/\/127\.0\.0\.1:\d+(?=\s)/);
  return { child, url };
}
