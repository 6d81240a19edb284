import type { Issue } from '../domain/issue.js';
import type { AgentFailure } from '../domain/run.js';
import type { AgentReport, Question, ThreadRef } from '../domain/session.js';
import type { Settings } from '../domain/settings.js';
import type { Host } from './host.js';
import type { TrackerTools } from './tracker.js';

/** A coding agent that works in one workspace at a time per session (SPEC 10). */
export interface Agent {
  readonly kind: string;
  /**
   * Holds settings against the installed program, so that what it will not accept fails before any run. What every
   * session would accept passes, and so does everything when there is nobody to ask: a session tells that by itself.
   * Bounded in time, and immediate for settings that no version refuses.
   * @throws SymphonyError with an AgentFailure as its code; its message names the key and what is accepted
   */
  check?(asked: SettingsCheck): Promise<void>;
  /**
   * Starts the agent's process in the workspace and opens a thread (SPEC 10.1, 10.2).
   * @throws SymphonyError with an AgentFailure as its code
   */
  startSession(start: SessionStart): Promise<AgentSession>;
}

/** What is held against the installed program, and where that is. */
export interface SettingsCheck {
  readonly settings: Settings;
  readonly host: Host;
  /** Names of variables that the program must not see, as in a session. */
  readonly secretEnvironmentNames: readonly string[];
  /** A daemon begins: the operator is told of a program that is missing, without the check waiting for it. */
  readonly isStart: boolean;
}

/** All that a session is bound to for its whole life; a reload changes only later sessions (SPEC 10.5). */
export interface SessionStart {
  readonly host: Host;
  /** Physical path of the workspace: the process's cwd and the thread's. */
  readonly workspacePath: string;
  readonly issue: Issue;
  readonly settings: Settings;
  readonly tools: TrackerTools;
  /** Added to the agent's environment. */
  readonly env: { readonly [name: string]: string };
  readonly marker: string;
  /** The thread to go on with, where that can be; null opens a new one. */
  readonly resume: ThreadRef | null;
  /** Takes every line of the session's conversation. */
  readonly transcript: Transcript;
  /** Called for each thing the session does, also between turns; must not throw. */
  readonly onReport: (report: AgentReport) => void;
  /** Aborted when the run is stopped; then the session must be closed all the same. */
  readonly signal: AbortSignal;
}

export interface AgentSession {
  readonly threadId: string;
  /** False when there was no thread to go on with, so that the agent knows nothing of the task yet. */
  readonly isResumed: boolean;
  /** Runs one turn to its end (SPEC 10.3). Expected failures are results, not rejections. */
  runTurn(turn: TurnRequest): Promise<TurnResult>;
  /** Ends the process and everything it started, bounded. Safe to call twice. */
  close(): Promise<void>;
}

export interface TurnRequest {
  readonly prompt: string;
  /** 1-based within the session. */
  readonly turn: number;
  readonly signal: AbortSignal;
}

/** How a turn ended, read from the protocol's status and never from its mere completion. */
export type TurnResult =
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed'; readonly reason: AgentFailure; readonly detail: string }
  | { readonly kind: 'timedOut'; readonly detail: string }
  | { readonly kind: 'inputRequired'; readonly question: Question }
  | { readonly kind: 'usageLimited'; readonly untilWallMs: number | null; readonly detail: string };

/** Where the lines of one session's conversation go; neither call throws, and a line may be dropped. */
export interface Transcript {
  write(direction: 'sent' | 'received', line: string): void;
  close(): void;
}
