import type { Host, ProcessExit } from '../../ports/host.js';

/** What a command in a login shell came to. */
export interface ShellAnswer extends ProcessExit {
  /** Null when the shell never came to the command. */
  readonly output: string | null;
  /** The end of what was said on stderr. */
  readonly said: string;
}

/** A host, and what no child on it may inherit. */
export interface ShellPlace {
  readonly host: Host;
  readonly secretEnvironmentNames: readonly string[];
}

/** What a login profile prints stands before it. */
const BEGIN = '-----symphony-doctor-----';
const MOST_CHARACTERS = 4_000;
/** There on every machine, and nobody's workspace. */
const NOWHERE = '/';

/**
 * Runs a command as hooks and agents are run, in a login shell that has `env` as well.
 * @throws SymphonyError `process_spawn_failed`, `host_unreachable`
 */
export async function askShell(
  { host, secretEnvironmentNames }: ShellPlace,
  command: string,
  signal: AbortSignal,
  env: { readonly [name: string]: string } = {},
): Promise<ShellAnswer> {
  let output = '';
  let said = '';
  const asking = await host.spawn({
    command: `echo; echo '${BEGIN}'\n${command}`,
    cwd: NOWHERE,
    env,
    withoutEnv: secretEnvironmentNames,
    marker: `symphony-doctor-${process.pid}`,
    onStdout: (chunk) => {
      output = (output + chunk.toString()).slice(-MOST_CHARACTERS);
    },
    onStderr: (chunk) => {
      said = (said + chunk.toString()).slice(-MOST_CHARACTERS);
    },
  });
  asking.closeStdin();
  const stop = (): void => void asking.stop(0);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const exit = await asking.exited;
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  const begin = output.lastIndexOf(BEGIN);
  return {
    ...exit,
    output: begin < 0 ? null : output.slice(begin + BEGIN.length).trim(),
    said: said.trim(),
  };
}

/** Whether a login shell has a variable that is not empty. */
export async function isSet(place: ShellPlace, variable: string, signal: AbortSignal): Promise<boolean> {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) return false;
  // Told by the status alone: the value must not be in anybody's output.
  return (await askShell(place, `[ -n "\${${variable}-}" ]`, signal)).code === 0;
}
