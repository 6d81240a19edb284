import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { StateResponse } from '../../src/api/schema.js';
import type { JsonObject } from '../../src/domain/json.js';
import { leftOf } from './processes.js';

/** The built program. The gate builds it before the tests; alone, run `npm run build` first. */
const CLI = resolve('dist/cli.js');
const AGENT = resolve('fixtures/agents/follows-orders.sh');
const LOOK_AGAIN_MS = 25;
/** Signals within so long are one wish to end. */
const ONE_WISH_MS = 300;
/** Far more than anything here takes, also on a machine that does much else. */
const WITHIN_MS = 80_000;

/** The limit for tests of the whole daemon; each of their waits has a shorter one that says what it waited for. */
export const DAEMON_TEST = { timeout: 180_000 };

/** Looks until there is something to see; nobody tells a test what happens in another process. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  explain: () => string = () => '',
): Promise<Exclude<T, false | null | undefined>> {
  for (const fromMs = performance.now(); ; ) {
    const seen = await look();
    if (seen !== false && seen !== null && seen !== undefined)
      return seen as Exclude<T, false | null | undefined>;
    if (performance.now() - fromMs > WITHIN_MS) throw new Error(`never seen: ${what}\n${explain()}`);
    await new Promise((wake) => setTimeout(wake, LOOK_AGAIN_MS));
  }
}

/**
 * What the agents of a place do on an order; see fixtures/agents/follows-orders.sh. After `refuse` a retry waits as long as
 * one ever does, after `fail` and `crash` ten seconds at first.
 */
export type Order = 'done' | 'complete' | 'fail' | 'refuse' | 'crash' | 'ask' | 'limit';

/** Where what a test has started is handed in, to be ended with it: the context of a test, or of a whole file. */
export interface Ending {
  readonly onTestFinished: (end: () => Promise<void> | void) => void;
}

/** Changes to the workflow of a place; sections are merged key by key. */
export type Sections = { readonly [section: string]: JsonObject };

/** A command that runs the agent that follows orders; with one, that is what it does when it has no other. */
export function agentCommand(order?: Order, before = ''): string {
  return `${before}${order === undefined ? '' : `ORDER=${order} `}exec bash '${AGENT}'`;
}

/** A command before the agent: it leaves a child in a session of its own, which nothing but its end ends. */
export const LEAVES_A_CHILD = 'setsid sleep 1000 >/dev/null 2>&1 & echo "child $!" >> ../../journal; ';

/** Polls often, retries at once, and has one agent wait for an order. */
const QUICK: Sections = {
  tracker: {
    kind: 'local',
    provider: { path: 'board' },
    active_states: ['Todo', 'In Progress'],
    terminal_states: ['Done', 'Cancelled'],
  },
  polling: { interval_ms: 300 },
  workspace: { root: 'workspaces' },
  agent: { kind: 'codex', max_retry_backoff_ms: 100 },
  codex: { command: agentCommand(), approval_policy: 'never', read_timeout_ms: 30_000 },
};

/** A directory with a board, a workflow and a home of its own, where daemons are started; goes with its test. */
export class Place {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'symphony-daemon-')));
  /** What the daemons of the place find in their environment, besides what every program needs. */
  readonly env: Readonly<Record<string, string>>;
  readonly #context: Ending;
  #sections: Sections;

  /** Tests run side by side, so cleaning up belongs to a context and not to whichever test runs. */
  constructor(context: Ending, sections: Sections = {}, env: Readonly<Record<string, string>> = {}) {
    this.#context = context;
    this.env = env;
    context.onTestFinished(() => rmSync(this.path, { recursive: true, force: true, maxRetries: 20 }));
    for (const folder of ['board', 'home', 'orders']) mkdirSync(join(this.path, folder));
    this.#sections = QUICK;
    this.workflow(sections);
  }

  /** Changes the workflow file; `prompt` is its body. */
  workflow(sections: Sections, prompt = 'Work on {{ issue.identifier }}.'): void {
    const names = new Set([...Object.keys(this.#sections), ...Object.keys(sections)]);
    this.#sections = Object.fromEntries(
      [...names].map((name) => [name, { ...this.#sections[name], ...sections[name] }]),
    );
    this.write('WORKFLOW.md', `---\n${stringify(this.#sections)}---\n${prompt}\n`);
  }

  /** Writes a file in one step, so that nobody reads half of it. */
  write(name: string, content: string): void {
    const path = join(this.path, name);
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
  }

  append(name: string, content: string): void {
    appendFileSync(join(this.path, name), content);
  }

  has(name: string): boolean {
    return existsSync(join(this.path, name));
  }

  remove(name: string): void {
    rmSync(join(this.path, name), { recursive: true });
  }

  /** The lines of a file, none while it is not there. */
  lines(name: string): string[] {
    return this.has(name) ? readFileSync(join(this.path, name), 'utf8').split('\n').slice(0, -1) : [];
  }

  /** Puts an issue on the board, or edits it as a person does. */
  issue(identifier: string, fields: JsonObject = {}): void {
    const all = { identifier, title: `Title of ${identifier}`, state: 'Todo', ...fields };
    this.write(`board/${identifier}.md`, `---\n${stringify(all)}---\n`);
  }

  stateOf(identifier: string): string | undefined {
    return this.lines(`board/${identifier}.md`)
      .find((line) => line.startsWith('state: '))
      ?.slice('state: '.length);
  }

  /** What the agent of an issue is to do with its turn, now or when it has one. */
  order(identifier: string, order: Order): void {
    this.write(`orders/${identifier}`, `${order}\n`);
  }

  /** The numbers of processes that a hook or a command has told as `child <number>`. */
  children(): number[] {
    return this.journal().flatMap((line) => (line.startsWith('child ') ? [Number(line.slice(6))] : []));
  }

  /** The `attempt` that each agent of the place was started with, in order; null for a first run. */
  attempts(): (number | null)[] {
    return this.journal().flatMap((line) => {
      const [, attempt] = /^start .* attempt=(\w+)$/.exec(line) ?? [];
      return attempt === undefined ? [] : [attempt === 'none' ? null : Number(attempt)];
    });
  }

  /** What agents and hooks have written, in order. */
  journal(): string[] {
    return this.lines('journal');
  }

  /** Waits for a line in the journal. */
  async told(line: string | RegExp, times = 1): Promise<void> {
    const matches = (told: string): boolean => (typeof line === 'string' ? told === line : line.test(told));
    const look = (): boolean => this.journal().filter(matches).length >= times;
    await until(`${line} in the journal`, look, () => this.explain());
  }

  /** The lines of the log. */
  log(): readonly LogEntry[] {
    return this.lines('.symphony/WORKFLOW.md/log/symphony.log').map((line) => JSON.parse(line) as LogEntry);
  }

  /** Waits for a message in the log. */
  async logged(message: string, times = 1): Promise<readonly LogEntry[]> {
    const look = (): readonly LogEntry[] | null => {
      const found = this.log().filter((entry) => entry.message === message);
      return found.length >= times ? found : null;
    };
    return await until(`"${message}" in the log`, look, () => this.explain());
  }

  /** What a failed wait tells. */
  explain(): string {
    const log = this.lines('.symphony/WORKFLOW.md/log/symphony.log').slice(-30);
    return ['journal:', ...this.journal().slice(-30), 'log:', ...log].join('\n');
  }

  /** Starts the built program on the workflow; killed when the test ends, with all it started. */
  run(...args: readonly string[]): DaemonProcess {
    const daemon = new DaemonProcess(this, args);
    this.#context.onTestFinished(async () => {
      const started = daemon.descendants();
      await daemon.kill('SIGKILL');
      await leftOf(started);
    });
    return daemon;
  }

  /** Starts a daemon and waits until its HTTP server listens. */
  async daemon(...args: readonly string[]): Promise<DaemonProcess> {
    const daemon = this.run('--port', '0', ...args);
    await daemon.listening();
    return daemon;
  }
}

/** One line of the log, parsed. */
export interface LogEntry {
  readonly level: string;
  readonly time: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** How a daemon ended. */
export interface DaemonExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A started daemon. */
export class DaemonProcess {
  readonly exited: Promise<DaemonExit>;
  readonly #place: Place;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';
  #exit: DaemonExit | null = null;

  constructor(place: Place, args: readonly string[]) {
    this.#place = place;
    this.#child = spawn(process.execPath, [CLI, ...args, 'WORKFLOW.md'], {
      cwd: place.path,
      env: { PATH: process.env['PATH'], HOME: join(place.path, 'home'), LANG: 'C.UTF-8', ...place.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get url(): string {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(this.#stdout) ?? [];
    if (url === undefined) throw new Error('the daemon has not said where it listens');
    return url;
  }

  async listening(): Promise<void> {
    const explain = (): string => `${this.#stdout}${this.#stderr}`;
    await until('where the daemon listens', () => /http:\S+\n/.test(this.#stdout) || this.#exit, explain);
    if (this.#exit !== null) throw new Error(`the daemon ended: ${explain()}`);
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: NodeJS.Signals): Promise<DaemonExit> {
    this.signal(signal);
    return await this.exited;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a further signal once it cannot be taken for one wish with the one that was heard by now, and waits for the end. */
  async insist(signal: NodeJS.Signals): Promise<DaemonExit> {
    const heardByMs = performance.now();
    await until('a second wish', () => performance.now() - heardByMs > ONE_WISH_MS);
    return await this.kill(signal);
  }

  /** All living processes under it. */
  descendants(): number[] {
    const rows = execFileSync('ps', ['-Ao', 'pid=,ppid='], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((row) => row.trim().split(/\s+/).map(Number));
    const found: number[] = [];
    let parents = [this.pid];
    while (parents.length > 0) {
      parents = rows.flatMap(([pid = 0, parent = 0]) => (parents.includes(parent) ? [pid] : []));
      found.push(...parents);
    }
    return found;
  }

  async state(): Promise<StateResponse> {
    // A connection of its own: one that is kept may be closed by the daemon in the moment in which it is used again.
    const response = await fetch(`${this.url}/api/v1/state`, { headers: { connection: 'close' } });
    // This process was kept so long between the connection and the request that nobody waited for it.
    if (response.status === 408) return await this.state();
    return (await response.json()) as StateResponse;
  }

  /** Asks for the state until it is as wanted, and returns it. */
  async showing(what: string, isWanted: (state: StateResponse) => boolean): Promise<StateResponse> {
    let last: StateResponse | null = null;
    const look = async (): Promise<StateResponse | null> => {
      last = await this.state();
      return isWanted(last) ? last : null;
    };
    return await until(what, look, () => `${JSON.stringify(last, null, 1)}\n${this.#place.explain()}`);
  }

  /** Waits until exactly these issues run, in a turn. */
  async running(...identifiers: readonly string[]): Promise<StateResponse> {
    return await this.showing(`${identifiers.join(', ') || 'nothing'} running`, ({ running }) => {
      const inTurn = running.filter(({ phase, turn_count }) => phase === 'streamingTurn' && turn_count > 0);
      const names = inTurn.map(({ issue_identifier }) => issue_identifier).sort();
      return running.length === identifiers.length && `${names}` === `${[...identifiers].sort()}`;
    });
  }
}
