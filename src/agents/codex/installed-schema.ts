import { SymphonyError } from '../../domain/error.js';
import type { JsonObject } from '../../domain/json.js';
import type { SessionStart } from '../../ports/agent.js';
import type { Clock } from '../../ports/clock.js';
import type { HostProcess } from '../../ports/host.js';
import { objectOf } from './protocol.js';

/** The real one takes less than a second, the first time after its installation a little more. */
const LIMIT_MS = 15_000;
const MOST_BYTES = 4 * 1024 * 1024;
const SHELL_GRACE_MS = 0;
/** What a login profile prints stands before it. */
const BEGIN = '-----symphony-schema-----';

/** A command whose last words are the subcommand and its options, so that a further one can follow. */
const ENDS_WITH_SUBCOMMAND = /\bapp-server\b[^|&;<>()`$#\n\\]*$/;

/**
 * The parameters of a turn as the installed Codex describes them itself (`generate-json-schema`), so the judge of what it
 * accepts. Asked at most once per command and version, and only when somebody wants to know.
 */
export class InstalledSchema {
  readonly #clock: Clock;
  readonly #known = new Map<string, JsonObject | null>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The JSON schema of `turn/start`'s parameters; null when the command is none that would tell it. */
  async turnParams(start: SessionStart, command: string, version: string): Promise<JsonObject | null> {
    const key = JSON.stringify([start.host.name, command, version]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const schema = ENDS_WITH_SUBCOMMAND.test(command) ? await this.#ask(start, command.trimEnd()) : null;
    // One that was stopped has learnt nothing.
    if (!start.signal.aborted) this.#known.set(key, schema);
    return schema;
  }

  async #ask(start: SessionStart, command: string): Promise<JsonObject | null> {
    const output: Buffer[] = [];
    let bytes = 0;
    const asking = await this.#spawn(start, command, (chunk) => {
      bytes += chunk.length;
      if (bytes <= MOST_BYTES) output.push(chunk);
    });
    if (asking === null) return null;
    const stop = (): void => void asking.stop(SHELL_GRACE_MS);
    const cancelLimit = this.#clock.wakeAt(this.#clock.nowMs() + LIMIT_MS, stop);
    start.signal.addEventListener('abort', stop, { once: true });
    if (start.signal.aborted) stop();
    const { code } = await asking.exited;
    cancelLimit();
    start.signal.removeEventListener('abort', stop);
    return code === 0 ? schemaIn(Buffer.concat(output).toString()) : null;
  }

  async #spawn(
    { host, workspacePath, env, marker, tools }: SessionStart,
    command: string,
    onStdout: (chunk: Buffer) => void,
  ): Promise<HostProcess | null> {
    const script = [
      'symphony_schema=$(mktemp -d) || exit 1',
      `( ${command} generate-json-schema --experimental --out "$symphony_schema" ) </dev/null >/dev/null 2>&1`,
      `echo; echo '${BEGIN}'; cat "$symphony_schema/v2/TurnStartParams.json"`,
      'symphony_status=$?; rm -rf "$symphony_schema"; exit $symphony_status',
    ];
    try {
      const asking = await host.spawn({
        command: script.join('\n'),
        cwd: workspacePath,
        env,
        withoutEnv: tools.secretEnvironmentNames,
        marker,
        onStdout,
        onStderr: () => {},
      });
      asking.closeStdin();
      return asking;
    } catch (error) {
      if (error instanceof SymphonyError) return null;
      throw error;
    }
  }
}

function schemaIn(text: string): JsonObject | null {
  const begin = text.lastIndexOf(BEGIN);
  if (begin < 0) return null;
  try {
    return objectOf(JSON.parse(text.slice(begin + BEGIN.length)));
  } catch {
    // Not what we asked for; there is another judge.
    return null;
  }
}
