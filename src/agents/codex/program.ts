import { SymphonyError } from '../../domain/error.js';
import type { SettingsCheck } from '../../ports/agent.js';

/** The mend of a program that is missing. */
export const HOW_TO_GET =
  'install it with `npm install --global @openai/codex`, or set codex.command to its full path with app-server behind it';

/** The status of a shell that found no such program. */
export const COMMAND_NOT_FOUND = 127;

/** What an operator is told of a program that is missing before an agent has been started. */
export function missing(program: string): string {
  const where = program.startsWith('/') ? '' : ' on the PATH of a login shell';
  return `codex.command: ${program} was not found${where}, so no agent can start; ${HOW_TO_GET}`;
}

/**
 * The program that a command for an app-server starts with; null where the command says more than that, and for a path
 * that depends on the workspace.
 */
export function programOf(command: string): string | null {
  const [, quoted, plain] = PROGRAM.exec(command) ?? [];
  const program = quoted ?? plain;
  if (program === undefined || (program.includes('/') && !program.startsWith('/'))) return null;
  return program;
}

const PROGRAM = /^\s*(?:exec\s+)?(?:'([^'\n]+)'|([\w./@+-]+))(?:\s[^|&;<>()`$#\n\\]*)?\sapp-server\b/;

/** Whether a program is there for a login shell, as sessions are started by one; what cannot be asked counts as there. */
export async function isThere(
  program: string,
  { host, secretEnvironmentNames }: SettingsCheck,
): Promise<boolean> {
  try {
    const search = await host.spawn({
      command: `command -v -- '${program}' >/dev/null || exit ${COMMAND_NOT_FOUND}`,
      cwd: '/',
      env: {},
      withoutEnv: secretEnvironmentNames,
      marker: 'search',
      onStdout: () => {},
      onStderr: () => {},
    });
    search.closeStdin();
    const { code } = await search.exited;
    return code !== COMMAND_NOT_FOUND;
  } catch (error) {
    if (error instanceof SymphonyError) return true;
    throw error;
  }
}
