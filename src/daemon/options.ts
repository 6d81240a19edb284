import path from 'node:path';
import { defaultStateDirectory } from '../stores/state-directory.js';

/** What the command line asks of the daemon. */
export interface DaemonOptions {
  readonly workflowPath: string;
  /** Overrides `server.port`; null leaves it to the workflow file. */
  readonly port: number | null;
  /** Null writes the log to the state directory. */
  readonly logsRoot: string | null;
  /** Null keeps state beside the workflow file. */
  readonly stateDir: string | null;
  readonly untilIdle: boolean;
  readonly dashboard: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Where the daemon that is asked for keeps its state. */
export function stateDirectoryOf({ stateDir, workflowPath }: DaemonOptions): string {
  return stateDir ?? defaultStateDirectory(path.resolve(workflowPath));
}
