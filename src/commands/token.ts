import { readFile } from 'node:fs/promises';
import { readOperatorToken } from '../stores/operator-token.js';
import { defaultStateDirectory } from '../stores/state-directory.js';
import { parseFrontMatter } from '../workflow/front-matter.js';

/** What `symphony token` was asked. */
export interface TokenOptions {
  /** Absolute; need not be readable. */
  readonly workflowPath: string;
  readonly stateDir: string | null;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Prints the token of the daemon on this workflow file, alone on stdout, and returns the exit code.
 * @throws SymphonyError `state_directory_unavailable`
 */
export async function token({ workflowPath, stateDir, stdout, stderr }: TokenOptions): Promise<number> {
  stdout.write(`${await readOperatorToken(stateDir ?? defaultStateDirectory(workflowPath))}\n`);
  if (await namesToken(workflowPath))
    stderr.write(
      'The workflow file sets server.token: at the port that one counts, and this one only for the commands of this machine.\n',
    );
  return 0;
}

/** Whether a workflow file sets `server.token`; one that cannot be read does not keep anybody from the token. */
async function namesToken(workflowPath: string): Promise<boolean> {
  try {
    const { config } = parseFrontMatter(await readFile(workflowPath, 'utf8'));
    const server = config['server'];
    return typeof server === 'object' && server !== null && 'token' in server && server.token !== null;
  } catch {
    return false;
  }
}
