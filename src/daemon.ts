/** What the command line asks of the daemon. */
export interface DaemonOptions {
  readonly workflowPath: string;
  /** Overrides `server.port`; null leaves it to the workflow file. */
  readonly port: number | null;
  readonly logsRoot: string | null;
  readonly stateDir: string | null;
  readonly untilIdle: boolean;
  readonly dashboard: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** How a daemon came to its end. */
export type DaemonEnd =
  | { readonly kind: 'idle'; readonly summary: string; readonly failed: boolean }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'crashed'; readonly error: unknown };

/** A running daemon. */
export interface Daemon {
  readonly url: string | null;
  /** Settles when the daemon has ended by itself or after `stop`. */
  readonly ended: Promise<DaemonEnd>;
  stop(reason: 'signal'): Promise<void>;
}

/** Starts everything, or rejects with a SymphonyError and leaves nothing running. */
export function startDaemon(options: DaemonOptions): Promise<Daemon> {
  return Promise.reject(new Error(`the daemon is not built yet, ${options.workflowPath} is not run`));
}
