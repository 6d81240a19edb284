import { SymphonyError } from '../../domain/error.js';
import type { JsonObject } from '../../domain/json.js';
import type { SessionStart } from '../../ports/agent.js';
import type { Clock } from '../../ports/clock.js';
import type { Host, HostProcess } from '../../ports/host.js';
import { COMMAND_NOT_FOUND } from './program.js';
import { objectOf } from './protocol.js';

/** The real one takes less than a second, the first time after its installation a little more. */
const LIMIT_MS = 10_000;
const MOST_BYTES = 4 * 1024 * 1024;
const SHELL_GRACE_MS = 0;
/** Between what is asked for; what a login profile prints stands before the first. */
const MARK = '-----symphony-schema-----';

/** Where the installed program is asked, and with which environment. */
export interface Asking {
  readonly host: Host;
  readonly cwd: string;
  readonly env: { readonly [name: string]: string };
  readonly withoutEnv: readonly string[];
  readonly marker: string;
  /** Ends the asking; null leaves that to its limit in time. */
  readonly signal: AbortSignal | null;
}

/** Asks as a session starts its program. */
export function askingFor({ host, workspacePath, env, tools, marker, signal }: SessionStart): Asking {
  return { host, cwd: workspacePath, env, withoutEnv: tools.secretEnvironmentNames, marker, signal };
}

/** A version of Codex, and how it describes the types in the parameters of its threads and turns. */
export interface ToldSchema {
  readonly version: string;
  readonly definitions: JsonObject;
}

/** A command whose last words are the subcommand and its options, so that a further one can follow. */
const ENDS_WITH_SUBCOMMAND = /\bapp-server\b[^|&;<>()`$#\n\\]*$/;
/** What stands before them, where they are words of their own; further options can follow that. */
const BEFORE_SUBCOMMAND = /^(.*\s)app-server(?=\s|$)[^|&;<>()`$#\n\\]*$/s;

/**
 * What the installed Codex accepts as it describes it itself (`generate-json-schema`). Asked only when somebody wants to
 * know, and by sessions at most once per command and version.
 */
export class InstalledSchema {
  readonly #clock: Clock;
  readonly #known = new Map<string, JsonObject | null>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The definitions of a version that has introduced itself; null when the command is none that would tell them. */
  async ofVersion(asking: Asking, command: string, version: string): Promise<JsonObject | null> {
    const key = keyOf(asking, command, version);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { texts } = ENDS_WITH_SUBCOMMAND.test(command)
      ? await this.#ask(asking, script(schemaOf(command)))
      : UNTOLD;
    const definitions = definitionsIn(texts);
    // One that was stopped has learnt nothing.
    if (asking.signal?.aborted !== true) this.#known.set(key, definitions);
    return definitions;
  }

  /**
   * The same of whatever version is installed now: null when the command is none that would tell it, or starts
   * something that does not say it is Codex, which takes every setting as it is.
   */
  async ofInstalled(asking: Asking, command: string): Promise<ToldSchema | 'missing' | null> {
    const [, before] = BEFORE_SUBCOMMAND.exec(command) ?? [];
    if (before === undefined) return null;
    const { isMissing, texts } = await this.#ask(
      asking,
      script([...versionOf(before), ...schemaOf(command)]),
    );
    if (isMissing) return 'missing';
    const [, version] = VERSION.exec(texts[0] ?? '') ?? [];
    const definitions = definitionsIn(texts.slice(1));
    if (version === undefined || definitions === null) return null;
    this.#known.set(keyOf(asking, command, version), definitions);
    return { version, definitions };
  }

  /** What a script printed after each mark. */
  async #ask(asking: Asking, command: string): Promise<Answer> {
    const output: Buffer[] = [];
    let bytes = 0;
    const process = await start(asking, command, (chunk) => {
      bytes += chunk.length;
      if (bytes <= MOST_BYTES) output.push(chunk);
    });
    if (process === null) return UNTOLD;
    const { signal } = asking;
    const stop = (): void => void process.stop(SHELL_GRACE_MS);
    const cancelLimit = this.#clock.wakeAt(this.#clock.nowMs() + LIMIT_MS, stop);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    const { code } = await process.exited;
    cancelLimit();
    signal?.removeEventListener('abort', stop);
    const isMissing = code === COMMAND_NOT_FOUND;
    // What follows the last mark is what a login shell prints when it ends.
    return code === 0
      ? { isMissing, texts: Buffer.concat(output).toString().split(MARK).slice(1, -1) }
      : { isMissing, texts: [] };
  }
}

interface Answer {
  /** There is no such program. */
  readonly isMissing: boolean;
  readonly texts: readonly string[];
}

const UNTOLD: Answer = { isMissing: false, texts: [] };

function keyOf({ host }: Asking, command: string, version: string): string {
  return JSON.stringify([host.name, command, version]);
}

/** Commands stand on lines of their own, as whatever they end with must not reach what follows. */
function script(lines: readonly string[]): string {
  return [
    'symphony_schema=$(mktemp -d) || exit 1',
    `trap 'rm -rf "$symphony_schema"' EXIT`,
    ...lines,
    `echo; echo '${MARK}'`,
  ].join('\n');
}

function versionOf(before: string): string[] {
  return [
    `( ${before} --version`,
    ') </dev/null >"$symphony_schema/version" 2>/dev/null',
    `[ $? = ${COMMAND_NOT_FOUND} ] && exit ${COMMAND_NOT_FOUND}`,
    // Whatever else it is, it is not started with words that it may not know.
    'grep -q "^codex" "$symphony_schema/version" || exit 1',
    `echo; echo '${MARK}'; cat "$symphony_schema/version"`,
  ];
}

function schemaOf(command: string): string[] {
  return [
    `( ${command.trimEnd()} generate-json-schema --experimental --out "$symphony_schema" ) </dev/null >/dev/null 2>&1`,
    ...['TurnStartParams', 'ThreadStartParams'].map(
      (name) => `echo; echo '${MARK}'; cat "$symphony_schema/v2/${name}.json" 2>/dev/null`,
    ),
  ];
}

const VERSION = /^codex\S* (\d+\.\d+\.\S+)/m;

async function start(
  { host, cwd, env, withoutEnv, marker }: Asking,
  command: string,
  onStdout: (chunk: Buffer) => void,
): Promise<HostProcess | null> {
  try {
    const process = await host.spawn({ command, cwd, env, withoutEnv, marker, onStdout, onStderr: () => {} });
    process.closeStdin();
    return process;
  } catch (error) {
    if (error instanceof SymphonyError) return null;
    throw error;
  }
}

/** The types of both schemas; null without that of a turn. */
function definitionsIn([turn = '', thread = '']: readonly string[]): JsonObject | null {
  const ofTurn = definitionsOf(turn);
  return ofTurn === null ? null : { ...definitionsOf(thread), ...ofTurn };
}

function definitionsOf(text: string): JsonObject | null {
  try {
    return objectOf(objectOf(JSON.parse(text))['definitions']);
  } catch {
    // Not what we asked for; there is another judge.
    return null;
  }
}
