import { SymphonyError } from '../../domain/error.js';
import type { JsonObject } from '../../domain/json.js';
import { packageVersion } from '../../files/package.js';
import type { Agent, AgentSession, SessionStart } from '../../ports/agent.js';
import type { Clock } from '../../ports/clock.js';
import { Connection } from './connection.js';
import { unwantedNotifications } from './deltas.js';
import { ThreadStarted } from './protocol.js';
import { CodexSession } from './session.js';
import { dynamicTools } from './tools.js';

export interface CodexAgentOptions {
  readonly clock: Clock;
  readonly kind: string;
  /** Replaces `codex.command` of the settings. */
  readonly command?: string;
}

/** An agent behind the Codex app-server protocol (SPEC 10): Codex itself, or a program that speaks like it. */
export function codexAgent({ clock, kind, command }: CodexAgentOptions): Agent {
  return {
    kind,
    startSession: (start) => startSession(start, command ?? start.settings.codex.command, clock),
  };
}

async function startSession(start: SessionStart, command: string, clock: Clock): Promise<AgentSession> {
  const session = new CodexSession(start, clock);
  // A stop ends the process at once, also in the middle of the start; what waits on it then fails.
  const stop = (): void => void session.close();
  start.signal.addEventListener('abort', stop, { once: true });
  try {
    throwIfStopped(start.signal);
    const connection = await Connection.open(start, command, clock, session);
    session.attach(connection);
    throwIfStopped(start.signal);
    session.opened(await openThread(start, connection));
    throwIfStopped(start.signal);
    return session;
  } catch (error) {
    session.failedToStart(error);
    await session.close();
    throwIfStopped(start.signal);
    throw error;
  }
}

/** Introduces us and opens a thread in the workspace (SPEC 10.2). */
async function openThread(
  { settings, tools, workspacePath }: SessionStart,
  { rpc }: Connection,
): Promise<string> {
  await rpc.call('initialize', {
    clientInfo: { name: 'symphony', title: 'Symphony', version: packageVersion() },
    capabilities: { experimentalApi: true, optOutNotificationMethods: unwantedNotifications(settings.codex) },
  });
  rpc.notify('initialized', {});
  const result = await rpc.call('thread/start', threadParams());
  const started = ThreadStarted.safeParse(result);
  if (started.success) return started.data.thread.id;
  throw new SymphonyError('response_error', 'thread/start was answered without a thread id');

  function threadParams(): JsonObject {
    return {
      cwd: workspacePath,
      approvalPolicy: settings.codex.approvalPolicy,
      sandbox: settings.codex.threadSandbox,
      dynamicTools: dynamicTools(tools),
    };
  }
}

function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new SymphonyError('turn_cancelled', 'the session was stopped while it started');
}
