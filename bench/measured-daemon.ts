import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLOCK_TICKS = 100;

/** A built daemon in a folder of its own, looked at from outside. */
export class MeasuredDaemon {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'symphony-bench-'));
  readonly startedAtMs = performance.now();
  #child: ChildProcess | null = null;
  #url: Promise<string> = Promise.reject(new Error('not started'));

  constructor() {
    this.#url.catch(() => {});
  }

  /** Writes a file below the folder. */
  write(name: string, text: string): string {
    const file = path.join(this.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** Starts the built program, with or without its HTTP API; returns the time it was started at. */
  start(workflow: string, { api = true }: { readonly api?: boolean } = {}): number {
    const file = this.write('WORKFLOW.md', workflow);
    const home = path.join(this.folder, 'home');
    mkdirSync(home, { recursive: true });
    const startedAtMs = Date.now();
    const port = api ? ['--port', '0'] : [];
    const args = [path.join(ROOT, 'dist/cli.js'), '--no-dashboard', ...port, file];
    const child = spawn(process.execPath, args, {
      // A clean HOME: the login profile of whoever measures is not what is measured.
      env: { ...process.env, HOME: home },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    this.#url = new Promise((resolve, reject) => {
      let text = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const [line] = text.split('\n');
        if (text.includes('\n') && line !== undefined) resolve(line);
      });
      child.once('exit', (code) =>
        reject(new Error(`the daemon ended with ${code}; its folder is ${this.folder}`)),
      );
    });
    this.#url.catch(() => {});
    return startedAtMs;
  }

  get url(): Promise<string> {
    return this.#url;
  }

  /** Memory now, in MiB. */
  residentMb(): number {
    return this.#status('VmRSS') / 1_024;
  }

  /** Highest memory so far, in MiB. */
  peakMb(): number {
    return this.#status('VmHWM') / 1_024;
  }

  /** Processor time of the daemon itself so far, in seconds. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.#pid()}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== null && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the daemon is not running');
    return pid;
  }

  #status(name: string): number {
    const line = readFileSync(`/proc/${this.#pid()}/status`, 'utf8')
      .split('\n')
      .find((text) => text.startsWith(`${name}:`));
    return Number(line?.replace(/\D/g, ''));
  }
}

/** The agent that weighs almost nothing, as a command. */
export function featherweight(eventsPerSecond: number, seconds: number, state: string): string {
  return `${path.join(ROOT, 'bench/agents/featherweight.sh')} ${eventsPerSecond} ${seconds} '${state}'`;
}

/** The value below which this part of the values lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
