import { readOperatorToken } from '../stores/operator-token.js';
import { defaultStateDirectory } from '../stores/state-directory.js';

/** What `symphony token` was asked. */
export interface TokenOptions {
  /** Absolute; the file itself is not read. */
  readonly workflowPath: string;
  readonly stateDir: string | null;
  readonly stdout: NodeJS.WritableStream;
}

/**
 * Prints the token of the daemon on this workflow file, alone on stdout, and returns the exit code.
 * @throws SymphonyError `state_directory_unavailable`
 */
export async function token({ workflowPath, stateDir, stdout }: TokenOptions): Promise<number> {
  stdout.write(`${await readOperatorToken(stateDir ?? defaultStateDirectory(workflowPath))}\n`);
  return 0;
}
