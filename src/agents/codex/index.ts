import { SymphonyError } from '../../domain/error.js';
import type { Agent, AgentSession, SessionStart } from '../../ports/agent.js';
import type { Clock } from '../../ports/clock.js';
import { Notices } from '../notices.js';
import { Connection } from './connection.js';
import { InstalledSchema } from './installed-schema.js';
import { checkThreadSandbox } from './judge.js';
import { CodexSession } from './session.js';
import { checkSettings } from './settings-check.js';
import { type StartParts, startThread } from './start.js';
import { DiedResuming } from './thread.js';

export interface CodexAgentOptions {
  readonly clock: Clock;
  readonly kind: string;
  /** Replaces `codex.command` of the settings. */
  readonly command?: string;
  /** Told what an operator should know; left out, nobody is. */
  readonly notices?: Notices;
}

type Parts = Omit<StartParts, 'onNote'>;

/** An agent behind the Codex app-server protocol (SPEC 10): Codex itself, or a program that speaks like it. */
export function codexAgent({ clock, kind, command, notices }: CodexAgentOptions): Agent {
  const shared = { clock, schema: new InstalledSchema(clock), notices: notices ?? new Notices(() => {}) };
  return {
    kind,
    check: (asked) => checkSettings(asked, { ...shared, ownCommand: command ?? null }),
    startSession: (start) =>
      startSession(start, { ...shared, command: command ?? start.settings.codex.command }),
  };
}

async function startSession(start: SessionStart, parts: Parts): Promise<AgentSession> {
  try {
    return await launch(start, parts);
  } catch (error) {
    if (!(error instanceof DiedResuming) || start.resume === null) throw error;
    // It would die of the same thread at every retry. What a person has decided holds for a new one too.
    return await launch({ ...start, resume: { ...start.resume, threadId: '' } }, parts);
  }
}

async function launch(start: SessionStart, parts: Parts): Promise<AgentSession> {
  const session = new CodexSession(start, parts.clock);
  // A stop ends the process at once, also in the middle of the start; what waits on it then fails.
  const stop = (): void => void session.close();
  start.signal.addEventListener('abort', stop, { once: true });
  try {
    throwIfStopped(start.signal);
    checkThreadSandbox(start.settings.codex);
    const connection = await Connection.open(start, parts.command, parts.clock, session);
    session.attach(connection);
    throwIfStopped(start.signal);
    const onNote = (message: string): void => session.noted(message);
    session.opened(await startThread(start, connection.rpc, { ...parts, onNote }));
    throwIfStopped(start.signal);
    return session;
  } catch (error) {
    session.failedToStart(error);
    await session.close();
    throwIfStopped(start.signal);
    throw error;
  }
}

function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new SymphonyError('turn_cancelled', 'the session was stopped while it started');
}
