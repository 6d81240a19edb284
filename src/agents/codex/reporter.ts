import type { JsonObject } from '../../domain/json.js';
import { type AgentEventName, type AgentReport, type Question, sessionId } from '../../domain/session.js';
import type { RateLimits, Usage } from '../../domain/usage.js';
import { reportLine } from './humanise.js';
import { RateLimitReader } from './rate-limits.js';
import type { OpenedThread } from './thread.js';
import type { UsageReader } from './usage.js';

/** What a message measures, beside what it says. */
export interface Measured {
  readonly usage?: Usage;
  readonly rateLimits?: RateLimits;
}

/**
 * Tells what a session does, with the ids it is known by.
 *
 * After a turn that waits for a person nothing is told that would cover the question; only what was used still counts.
 */
export class Reporter {
  readonly #onReport: (report: AgentReport) => void;
  readonly #usage: UsageReader;
  readonly #limits = new RateLimitReader();
  #threadId = '';
  #turnId: string | null = null;
  #processId: number | null = null;
  #question: Question | null = null;

  constructor(onReport: (report: AgentReport) => void, usage: UsageReader) {
    this.#onReport = onReport;
    this.#usage = usage;
  }

  /** Empty until the thread is open. */
  get threadId(): string {
    return this.#threadId;
  }

  processStarted(processId: number): void {
    this.#processId = processId;
    this.tell('notification', 'agent process started');
  }

  threadOpened({ threadId, isResumed }: OpenedThread): void {
    this.#threadId = threadId;
    if (!isResumed) this.#usage.beginsAnew(threadId);
  }

  /** From here on the question of the turn before is history. */
  turnRequested(): void {
    this.#question = null;
  }

  turnStarted(turnId: string): void {
    this.#turnId = turnId;
    const id = sessionId(this.#threadId, turnId);
    this.tell('session_started', `session ${id} started`, { fields: { session_id: id } });
  }

  /** The turn has ended with a question, which was told. */
  turnAsked(question: Question): void {
    this.#question = question;
  }

  /** Reads what a message measures; it is told with the report of the message. */
  measure(method: string, params: JsonObject): Measured {
    const usage = this.#usage.read(method, params, this.#threadId);
    const rateLimits = this.#limits.read(method, params);
    return { ...(usage === null ? {} : { usage }), ...(rateLimits === null ? {} : { rateLimits }) };
  }

  /** When the exhausted limits of the account are all open again, as far as the agent has told them. */
  limitedUntilWallMs(nowWallMs: number): number | null {
    return this.#limits.exhaustedUntilWallMs(nowWallMs);
  }

  tell(event: AgentEventName, message: string, extra: Partial<AgentReport> = {}): void {
    if (this.#question === null) this.#send(event, message, extra);
    else if (extra.usage !== undefined || extra.rateLimits !== undefined)
      this.#send('turn_input_required', this.#question.text, extra);
  }

  #send(event: AgentEventName, message: string, extra: Partial<AgentReport>): void {
    this.#onReport({
      event,
      message: reportLine(message),
      ...(this.#threadId === '' ? {} : { threadId: this.#threadId }),
      ...(this.#turnId === null ? {} : { turnId: this.#turnId }),
      ...(this.#processId === null ? {} : { processId: this.#processId }),
      ...extra,
    });
  }
}
