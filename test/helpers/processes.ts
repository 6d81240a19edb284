import { spawnSync } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Host, HostProcess, SpawnSpec } from '../../src/ports/host.js';

const LOOK_AGAIN_MS = 20;
/** Far more than a lease, its grace and a sweep take together, also on a machine that does much else. */
const GONE_WITHIN_MS = 25_000;

/** A new empty directory by its physical path, removed after the test. */
export async function aPlace(): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'symphony-place-')));
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 5 }));
  return path;
}

/** Those of these processes that live; one that has ended but not been collected does not. */
export function alive(pids: readonly number[]): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=,stat=', '-p', pids.join(',')], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([pid, stat]) => pid !== '' && stat !== undefined && !stat.startsWith('Z'))
    .map(([pid]) => Number(pid));
}

/** What is left of these processes after they had their time; empty as soon as none is. Nobody tells when they end. */
export async function leftOf(pids: readonly number[]): Promise<number[]> {
  const fromMs = performance.now();
  while (alive(pids).length > 0 && performance.now() - fromMs < GONE_WITHIN_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  return alive(pids);
}

/** A started command and what it has said so far. */
export interface Started {
  readonly process: HostProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The first `count` lines of its stdout, once they are there. */
  readonly lines: (count: number) => Promise<string[]>;
}

/** Starts a command on a host; ended after the test. */
export async function startOn(
  host: Host,
  spec: Partial<SpawnSpec> & Pick<SpawnSpec, 'command' | 'cwd'>,
): Promise<Started> {
  const stdout: Buffer[] = [];
  let stderr = '';
  let heard = (): void => {};
  const process = await host.spawn({
    env: {},
    withoutEnv: [],
    marker: 'test',
    ...spec,
    onStdout: (chunk) => {
      stdout.push(chunk);
      heard();
    },
    onStderr: (chunk) => {
      stderr += chunk.toString();
    },
  });
  onTestFinished(async () => {
    await process.stop(0);
  });
  const said = (): string => Buffer.concat(stdout).toString();
  const complete = (): string[] => said().split('\n').slice(0, -1);
  const lines = async (count: number): Promise<string[]> => {
    const ended = process.exited.then(() => 'ended' as const);
    while (complete().length < count) {
      const more = new Promise<void>((resolve) => {
        heard = resolve;
      });
      if ((await Promise.race([more, ended])) === 'ended' && complete().length < count) {
        throw new Error(`it ended after ${complete().length} lines: ${said()}${stderr}`);
      }
    }
    return complete().slice(0, count);
  };
  return { process, stdout: said, stderr: () => stderr, lines };
}

/** Runs a command on a host to its end, with nothing on its stdin. */
export async function runOn(
  host: Host,
  spec: Partial<SpawnSpec> & Pick<SpawnSpec, 'command' | 'cwd'>,
): Promise<{ readonly stdout: string; readonly stderr: string; readonly end: number | string | null }> {
  const { process, stdout, stderr } = await startOn(host, spec);
  process.closeStdin();
  const { code, signal } = await process.exited;
  return { stdout: stdout(), stderr: stderr(), end: code ?? signal };
}

/**
 * A command that grows a tree of the kinds that are hard to end, prints their numbers on one line each, and waits. The
 * last one ignores TERM and so does the shell that waits.
 */
export const HARD_TREE = [
  `setsid sh -c 'echo $$; exec sleep 1000' &`,
  `sh -c 'sh -c "echo \\$\\$; exec sleep 1000" &' &`,
  `(setsid sh -c 'setsid sh -c "echo \\$\\$; exec sleep 1000" & exit' &) &`,
  `env -i setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1 </dev/null' &`,
  `trap '' TERM`,
  `setsid sh -c 'echo $$; exec sleep 1000' &`,
  'echo $$',
  'while :; do wait; done',
].join('\n');

/** How many numbers HARD_TREE prints. */
export const HARD_TREE_SIZE = 6;
