import { existsSync } from 'node:fs';
import { CommanderError } from 'commander';
import { SymphonyError } from '../domain/error.js';
import { nearest } from '../domain/spelling.js';

/** Complaints about what stands behind a word that is no command, and so was taken for a workflow file. */
const ABOUT_THE_REST: readonly string[] = ['commander.excessArguments', 'commander.unknownOption'];

/**
 * A first word that is no command is taken for a workflow file. Where there is no such file, it may be a command that was
 * mistyped; then the failure says which, also when what stands behind it was refused first.
 */
export function mistypedCommand(
  error: unknown,
  word: string | undefined,
  commands: readonly string[],
): unknown {
  const meant = word === undefined || commands.includes(word) ? null : meantBy(word, commands);
  if (word === undefined || meant === null) return error;
  if (error instanceof SymphonyError && error.code === 'missing_workflow_file')
    return new SymphonyError(error.code, `${error.message}; or did you mean "symphony ${meant}"?`, {
      cause: error,
    });
  if (error instanceof CommanderError && ABOUT_THE_REST.includes(error.code) && !existsSync(word))
    return new SymphonyError(
      'usage_error',
      `there is no command ${word}; did you mean "symphony ${meant}"?`,
      {
        cause: error,
      },
    );
  return error;
}

function meantBy(word: string, commands: readonly string[]): string | null {
  return word === 'help' ? '--help' : nearest(word, commands);
}
