import { errorMessage } from '../../domain/error.js';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { AgentSession, SessionStart, TurnRequest, TurnResult } from '../../ports/agent.js';
import type { Clock } from '../../ports/clock.js';
import type { Connection, ConnectionListener } from './connection.js';
import { DeltaPace } from './deltas.js';
import { FileChanges } from './file-changes.js';
import { humanise } from './humanise.js';
import { textOf } from './protocol.js';
import { Reporter } from './reporter.js';
import { Requests } from './requests.js';
import type { Failure, ServerRequest } from './rpc.js';
import type { StartedThread } from './start.js';
import { RunningCommands, windDown } from './stop.js';
import { brokenTurn, inputRequiredTurn, stoppedTurn } from './turn.js';
import { turnParams } from './turn-params.js';
import { TurnRunner } from './turn-runner.js';
import { UsageReader } from './usage.js';

/**
 * One thread of an app-server: reads its messages, answers its requests, reports what it does. Starting the process and
 * the thread is `startSession`'s work (index.ts), when to run a turn the engine's.
 *
 * Invariants:
 *   T1. A turn settles once: by its end on the wire, a refusal, silence, a stop, or the end of the process; whatever was
 *       on the wire before the process ended is read first.
 *   T2. Every request of the server is answered, also those that a person must decide: their turn ends, they are refused.
 *   T3. After a turn that waits for a person nothing is reported that would cover the question; only usage still counts.
 *   T4. Other threads' messages (sub-agents) end no turn of ours.
 */
export class CodexSession implements AgentSession, ConnectionListener {
  readonly #start: SessionStart;
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  readonly #requests: Requests;
  readonly #turns: TurnRunner;
  readonly #changes: FileChanges;
  readonly #deltas = new DeltaPace();
  readonly #commands = new RunningCommands();
  #connection: Connection | null = null;
  #isResumed = false;
  #approvalPolicy: JsonValue = null;
  #closing: Promise<void> | null = null;

  constructor(start: SessionStart, clock: Clock) {
    this.#start = start;
    this.#clock = clock;
    this.#reporter = new Reporter(start.onReport, new UsageReader({ isResuming: start.resume !== null }));
    this.#changes = new FileChanges(start.workspacePath);
    this.#turns = new TurnRunner({
      clock,
      codex: start.settings.codex,
      reporter: this.#reporter,
      rpc: () => this.#rpc,
    });
    this.#requests = new Requests(start, {
      reporter: this.#reporter,
      changes: this.#changes,
      clock,
      turn: () => this.#turns.active,
      onAsk: (question) => this.#turns.interrupt(inputRequiredTurn(question)),
    });
  }

  get isResumed(): boolean {
    return this.#isResumed;
  }

  get threadId(): string {
    return this.#reporter.threadId;
  }

  /** Takes over a connection; from here on the session owns it. */
  attach(connection: Connection): void {
    this.#connection = connection;
    // Closed while the process was being started: then there was nothing to stop yet.
    if (this.#closing !== null) this.#closing = connection.stop();
    this.#reporter.processStarted(connection.processId);
  }

  /** The thread is open: turns may run. */
  opened(thread: StartedThread): void {
    this.#approvalPolicy = thread.approvalPolicy;
    this.#isResumed = thread.isResumed;
    this.#reporter.threadOpened(thread);
  }

  /** Tells something about the start of the session. */
  noted(message: string): void {
    this.#reporter.tell('notification', message);
  }

  failedToStart(error: unknown): void {
    this.#reporter.tell('startup_failed', errorMessage(error));
  }

  async runTurn(request: TurnRequest): Promise<TurnResult> {
    if (this.#turns.active !== null) throw new Error('a turn is running already in this session');
    const params = await turnParams(this.#start, {
      threadId: this.threadId,
      approvalPolicy: this.#approvalPolicy,
      prompt: request.prompt,
    });
    const isStopped = request.signal.aborted || this.#start.signal.aborted || this.#closing !== null;
    if (isStopped) return stoppedTurn().result;
    const stop = (): void => this.#turns.interrupt(stoppedTurn());
    request.signal.addEventListener('abort', stop, { once: true });
    try {
      return await this.#turns.run(params);
    } finally {
      request.signal.removeEventListener('abort', stop);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  onOutput(): void {
    this.#turns.active?.patience.heard();
  }

  onNotification(method: string, params: JsonObject): void {
    if (this.#deltas.skips(method, this.#clock.nowMs())) return;
    this.#commands.note(method, params);
    this.#changes.note(method, params);
    this.#turns.active?.patience.note(method, params);
    const measured = this.#reporter.measure(method, params);
    const isOurs = (textOf(params, 'threadId') ?? this.threadId) === this.threadId;
    const isEnd = isOurs && this.#turns.read(method, params, measured);
    if (!isEnd) this.#reporter.tell('notification', humanise(method, params), measured);
    this.#turns.interruption.note(method, params);
  }

  onRequest(request: ServerRequest): void {
    this.#requests.serve(request);
  }

  onOther(text: string): void {
    this.#reporter.tell('other_message', text);
  }

  onMalformed(text: string): void {
    // Only what looks like a message was meant as one; the rest is what shells and profiles print.
    this.#reporter.tell(text.trimStart().startsWith('{') ? 'malformed' : 'other_message', text);
  }

  onOverlong(start: string): void {
    this.#reporter.tell('malformed', `skipped a line of more than 10 MB: ${start}`);
  }

  onEnd(failure: Failure): void {
    this.#turns.interruption.processEnded();
    this.#turns.finish(brokenTurn(failure));
  }

  async #close(): Promise<void> {
    this.#requests.stop();
    this.#turns.interrupt(stoppedTurn());
    const connection = this.#connection;
    if (connection === null) return;
    if (this.threadId !== '') {
      await windDown({
        rpc: connection.rpc,
        clock: this.#clock,
        threadId: this.threadId,
        interrupted: this.#turns.interruption.over,
        // Codex tells of a command a moment after it has started it, so an early interruption may have hit one.
        mayRunCommands: this.#commands.some || this.#turns.interruption.hasBegun,
      });
    }
    await connection.stop();
  }

  get #rpc() {
    if (this.#connection === null) throw new Error('the session has no process yet');
    return this.#connection.rpc;
  }
}
