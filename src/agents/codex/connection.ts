import { errorMessage, SymphonyError } from '../../domain/error.js';
import type { Settings } from '../../domain/settings.js';
import type { SessionStart } from '../../ports/agent.js';
import type { Clock } from '../../ports/clock.js';
import type { HostProcess, ProcessExit } from '../../ports/host.js';
import type { TrackerTools } from '../../ports/tracker.js';
import { isDelta, nameOnlyNotifications } from './deltas.js';
import { exitFailure } from './exit-failure.js';
import { type Failure, Rpc, type RpcListener } from './rpc.js';
import { TextTail } from './text-tail.js';
import { LineCutter, methodAtStart } from './wire.js';

/** How long the app-server may take to end by itself once its stdin is closed; the real one needs 50 ms. */
const STOP_GRACE_MS = 2_000;

/** As much of a session's start as its process needs. */
export type ConnectionStart = Pick<
  SessionStart,
  'host' | 'workspacePath' | 'env' | 'marker' | 'transcript'
> & {
  readonly settings: Pick<Settings, 'codex' | 'agent'>;
  readonly tools: Pick<TrackerTools, 'secretEnvironmentNames'>;
};

export interface ConnectionListener extends RpcListener {
  /** Something arrived on either stream. */
  onOutput(): void;
  /** A line beyond the limit. */
  onOverlong(start: string): void;
  /** The process is gone and everything it said has been told. */
  onEnd(failure: Failure): void;
}

/** The app-server's process with its streams: stdout is the protocol, stderr only explains a failure. */
export class Connection {
  readonly rpc: Rpc;
  readonly #process: HostProcess;

  /** @throws SymphonyError `invalid_workspace_cwd`, `codex_not_found`, `host_unreachable`, `port_exit` */
  static async open(
    start: ConnectionStart,
    command: string,
    clock: Clock,
    listener: ConnectionListener,
  ): Promise<Connection> {
    await checkWorkingDirectory(start);
    const diagnostics = new TextTail();
    let process: HostProcess | null = null;
    const rpc = new Rpc({
      clock,
      write: (line) => {
        start.transcript.write('sent', line);
        process?.write(line);
      },
      listener,
      readTimeoutMs: start.settings.codex.readTimeoutMs,
      requestLimitMs: Math.max(start.settings.codex.readTimeoutMs, start.settings.codex.turnTimeoutMs),
      nameOnly: nameOnlyNotifications(start.settings.codex),
    });
    const cutter = new LineCutter({
      onLine: (line) => {
        // What a login profile or a shell prints is no protocol, but may be the reason of a failure.
        if (!line.startsWith('{')) diagnostics.push(Buffer.from(`${line.slice(0, 1_000)}\n`));
        if (!isDelta(methodAtStart(line) ?? '')) start.transcript.write('received', line);
        rpc.receive(line);
      },
      onOverlong: (text) => listener.onOverlong(text),
    });
    process = await spawn(start, command, {
      onStdout: (chunk) => {
        listener.onOutput();
        cutter.push(chunk);
      },
      onStderr: (chunk) => {
        listener.onOutput();
        diagnostics.push(chunk);
      },
    });
    return new Connection(rpc, process, (exit) => {
      cutter.end();
      const failure = exitFailure(exit, diagnostics.text());
      rpc.end(failure);
      listener.onEnd(failure);
    });
  }

  private constructor(rpc: Rpc, process: HostProcess, onExit: (exit: ProcessExit) => void) {
    this.rpc = rpc;
    this.#process = process;
    // Never rejects, and when the process outlives even the host's bound, nothing waits for it: see `stop`.
    void process.exited.then(onExit);
  }

  get processId(): number {
    return this.#process.processId;
  }

  /** Ends the process and all it started; bounded by the host. */
  async stop(): Promise<void> {
    await this.#process.stop(STOP_GRACE_MS);
    this.rpc.end({ reason: 'port_exit', detail: 'the agent was stopped' });
  }
}

/** A process in another directory than the checked one could write where it must not (SPEC 9.5). */
async function checkWorkingDirectory({ host, workspacePath }: ConnectionStart): Promise<void> {
  const [physicalPath, kind] = [await host.physicalPath(workspacePath), await host.kindOf(workspacePath)];
  if (physicalPath === workspacePath && kind === 'directory') return;
  const found = physicalPath === workspacePath ? 'it is not a directory' : `it leads to ${physicalPath}`;
  throw new SymphonyError(
    'invalid_workspace_cwd',
    `the agent was not started in ${workspacePath}: ${found}; the workspace must be a directory without links in its path`,
  );
}

async function spawn(
  { host, workspacePath, env, marker, tools, settings }: ConnectionStart,
  command: string,
  streams: { onStdout: (chunk: Buffer) => void; onStderr: (chunk: Buffer) => void },
): Promise<HostProcess> {
  const withoutEnv = tools.secretEnvironmentNames;
  try {
    const sharedEnv = settings.agent.envAllow;
    return await host.spawn({
      ...{ command, cwd: workspacePath, env, sharedEnv, withoutEnv, marker },
      ...streams,
    });
  } catch (error) {
    if (!(error instanceof SymphonyError) || error.code !== 'process_spawn_failed') throw error;
    throw new SymphonyError('port_exit', `the agent could not be started: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
