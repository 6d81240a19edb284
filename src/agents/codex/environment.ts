import { SymphonyError } from '../../domain/error.js';
import type { JsonObject } from '../../domain/json.js';
import { looksSecret, SECRET_PATTERNS, withheldNames } from '../../domain/secret-names.js';
import type { SessionStart } from '../../ports/agent.js';
import { turnSandboxPolicy } from './policy.js';
import { objectOf, textOf } from './protocol.js';
import type { Server } from './server.js';

const POLICY = 'shell_environment_policy';
const LISTING_LIMIT_MS = 5_000;
/** Names only: values must not come over the wire. */
const LIST_NAMES = ['awk', 'BEGIN { for (name in ENVIRON) print name }'];

/** What the commands of a thread get to see of the environment of Codex. */
export interface CommandEnvironment {
  /** Keys of Codex's configuration for the thread. */
  readonly config: JsonObject;
  /** Names that are there and withheld. */
  readonly withheld: readonly string[];
  /** `agent.env_allow` cannot be heeded, so that more is withheld than was asked for. */
  readonly isBlunt: boolean;
}

/**
 * Keeps variables with secret-like names from the commands of a thread, though Codex itself has them. Names cannot be
 * excluded by pattern and allowed singly, so Codex is asked for the names that its commands would see by its user's own
 * configuration, and told which of them remain. What that configuration excludes, sets or does not inherit holds as it
 * is. A server that cannot be asked gets the patterns, and so allows nothing.
 *
 * Shells read no files of their user before a command: commands have all that the profile exported from Codex, which began
 * in a login shell, and files that are read again would bring back what was withheld. What `codex.command` says
 * explicitly of login shells or of names that look secret is heeded.
 */
export async function commandEnvironment(
  server: Server,
  start: SessionStart,
  command: string,
): Promise<CommandEnvironment> {
  const shell = /\ballow_login_shell\s*=/.test(command) ? {} : PLAIN_SHELL;
  const isWaived = /\bignore_default_excludes\s*=\s*true\b/.test(command);
  const names = await inheritedNames(server, start);
  const { envAllow } = start.settings.agent;
  if (names === null) {
    const config = isWaived ? shell : { ...shell, [`${POLICY}.exclude`]: [...SECRET_PATTERNS] };
    return { config, withheld: [], isBlunt: server.version !== null && envAllow.length > 0 && !isWaived };
  }
  const ofTracker = start.tools.secretEnvironmentNames;
  const others = names.filter((name) => !ofTracker.includes(name));
  const withheld = isWaived ? [] : withheldNames(others, envAllow);
  // Codex matches names in any case.
  const hidden = new Set([...withheld, ...ofTracker].map((name) => name.toLowerCase()));
  const remaining = names.filter((name) => !hidden.has(name.toLowerCase()));
  // What a trusted repository sets is not there yet; only patterns let it through.
  const byPattern = start.settings.codex.trustWorkspace && !isWaived && !envAllow.some(looksSecret);
  const filter = byPattern
    ? { [`${POLICY}.exclude`]: [...SECRET_PATTERNS, ...ofTracker] }
    : { [`${POLICY}.include_only`]: [...new Set([...remaining, SHELL_LEVEL])] };
  return { config: { ...shell, ...filter }, withheld, isBlunt: false };
}

const SHELL_LEVEL = 'SHLVL';

/**
 * No login shells: 0.118 would also hand a snapshot of one's whole environment to each command. And not the outermost
 * shell: without a network a bash cannot tell what its input is, takes it for a connection, and reads `.bashrc` then.
 */
const PLAIN_SHELL: JsonObject = { allow_login_shell: false, [`${POLICY}.set.${SHELL_LEVEL}`]: '2' };

/** The names that commands would see by Codex's own configuration; null when it cannot be asked. */
async function inheritedNames({ rpc, version }: Server, start: SessionStart): Promise<string[] | null> {
  if (version === null) return null;
  try {
    const result = await rpc.call('command/exec', {
      command: LIST_NAMES,
      cwd: start.workspacePath,
      timeoutMs: LISTING_LIMIT_MS,
      sandboxPolicy: await listingSandbox(start),
    });
    const names = (textOf(result, 'stdout') ?? '').split('\n').filter((name) => name !== '');
    // An empty list would let everything through.
    return result['exitCode'] === 0 && names.length > 0 ? names : null;
  } catch (error) {
    if (error instanceof SymphonyError && MAY_GO_ON.has(error.code)) return null;
    throw error;
  }
}

const MAY_GO_ON: ReadonlySet<string> = new Set(['response_error', 'response_timeout']);

/**
 * Where the agent is free anyway there may be no sandbox to be had. Everywhere else even this is run in one: a workspace
 * that the user of Codex trusts may say what `awk` is.
 */
async function listingSandbox({ settings, workspacePath, host }: SessionStart): Promise<JsonObject> {
  const policy = objectOf(await turnSandboxPolicy(settings.codex, workspacePath, host));
  const isFree = policy['type'] === 'dangerFullAccess' || policy['type'] === 'externalSandbox';
  return isFree ? policy : { type: 'readOnly' };
}
