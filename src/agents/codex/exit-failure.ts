import type { ProcessExit } from '../../ports/host.js';
import { COMMAND_NOT_FOUND, HOW_TO_GET } from './program.js';
import type { Failure } from './rpc.js';

const ADD_SUBCOMMAND = 'put app-server behind the program, as in codex app-server';
const GIVE_NODE =
  'put node on the PATH of a login shell, in ~/.profile where only ~/.bashrc does it so far, as for nvm';

/** The failure of whatever waits for an app-server that ended; `said` is the end of its stderr. */
export function exitFailure({ code, signal }: ProcessExit, said: string): Failure {
  if (code === COMMAND_NOT_FOUND && NO_NODE.test(said)) return missingNode(said);
  // Before what follows, which a login profile says, too, of whatever it misses itself.
  if (code !== 0 && NO_TERMINAL.test(said)) {
    return { reason: 'port_exit', detail: `codex.command starts no app-server: ${said}; ${ADD_SUBCOMMAND}` };
  }
  if (code === COMMAND_NOT_FOUND || (code !== 0 && /command not found/.test(said))) {
    const detail = `codex.command was not found (${said || `exit status ${COMMAND_NOT_FOUND}`}); ${HOW_TO_GET}`;
    return { reason: 'codex_not_found', detail };
  }
  const how = signal === null ? endOf(code) : `was ended by ${signal}`;
  return { reason: 'port_exit', detail: `the agent ${how}${said === '' ? '' : `: ${said}`}` };
}

/** Whether the message of a failure ends with what to do, behind a semicolon. */
export function tellsMend(message: string): boolean {
  return [HOW_TO_GET, ADD_SUBCOMMAND, GIVE_NODE].some((mend) => message.endsWith(`; ${mend}`));
}

/** What npm installs as `codex` is a program of Node, which env(1) or a shell looks for. */
const NO_NODE = /\bnode['’]?: (No such file or directory|(command )?not found)|can't execute 'node'/;

/** What Codex says that takes itself to be asked for its screen, also by a subcommand that it does not know. */
const NO_TERMINAL = /\bstdin is not a terminal\b/;

function missingNode(said: string): Failure {
  return {
    reason: 'port_exit',
    detail: `the node that codex.command runs with was not found (${said}); ${GIVE_NODE}`,
  };
}

/** Without a status nobody saw it end. */
function endOf(code: number | null): string {
  return code === null ? 'went with the connection to its host' : `exited with status ${code}`;
}
