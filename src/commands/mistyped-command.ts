import { SymphonyError } from '../domain/error.js';
import { nearest } from '../domain/spelling.js';

/**
 * A first word that is no command is taken for a workflow file. Where there is no such file, it may be a command that was
 * mistyped; then the failure says which.
 */
export function mistypedCommand(
  error: unknown,
  word: string | undefined,
  commands: readonly string[],
): unknown {
  if (!(error instanceof SymphonyError) || error.code !== 'missing_workflow_file') return error;
  const meant = word === undefined ? null : nearest(word, commands);
  if (meant === null) return error;
  return new SymphonyError(error.code, `${error.message}; or did you mean "symphony ${meant}"?`, {
    cause: error,
  });
}
