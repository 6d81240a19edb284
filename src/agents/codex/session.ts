import { errorMessage } from '../../domain/error.js';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { Question } from '../../domain/session.js';
import type { AgentSession, SessionStart, TurnRequest, TurnResult } from '../../ports/agent.js';
import type { Clock } from '../../ports/clock.js';
import { ActiveTurn, turnIdOf } from './active-turn.js';
import type { Connection, ConnectionListener } from './connection.js';
import { DeltaPace } from './deltas.js';
import { FileChanges } from './file-changes.js';
import { humanise } from './humanise.js';
import { Interruption } from './interruption.js';
import { Patience } from './patience.js';
import { textOf } from './protocol.js';
import { type Measured, Reporter } from './reporter.js';
import { Requests } from './requests.js';
import type { Failure, Reply, ServerRequest } from './rpc.js';
import type { StartedThread } from './start.js';
import { RunningCommands, windDown } from './stop.js';
import { brokenTurn, inputRequiredTurn, silentTurn, stoppedTurn, type TurnEnd, turnEnd } from './turn.js';
import { turnParams } from './turn-params.js';
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
  readonly #changes: FileChanges;
  readonly #endedTurns = new Set<string>();
  readonly #deltas = new DeltaPace();
  readonly #commands = new RunningCommands();
  readonly #interruption = new Interruption();
  #connection: Connection | null = null;
  #isResumed = false;
  #approvalPolicy: JsonValue = null;
  #turn: ActiveTurn | null = null;
  #closing: Promise<void> | null = null;

  constructor(start: SessionStart, clock: Clock) {
    this.#start = start;
    this.#clock = clock;
    this.#reporter = new Reporter(start.onReport, new UsageReader({ isResuming: start.resume !== null }));
    this.#changes = new FileChanges(start.workspacePath);
    this.#requests = new Requests(start, {
      reporter: this.#reporter,
      changes: this.#changes,
      clock,
      turn: () => this.#turn,
      onAsk: (question) => this.#askPerson(question),
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
    if (this.#turn !== null) throw new Error('a turn is running already in this session');
    const params = await turnParams(this.#start, {
      threadId: this.threadId,
      approvalPolicy: this.#approvalPolicy,
      prompt: request.prompt,
    });
    const isStopped = request.signal.aborted || this.#start.signal.aborted || this.#closing !== null;
    if (isStopped) return stoppedTurn().result;
    const stop = (): void => this.#interrupt();
    request.signal.addEventListener('abort', stop, { once: true });
    try {
      return await new Promise<TurnResult>((settle) => this.#begin(params, settle));
    } finally {
      request.signal.removeEventListener('abort', stop);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  onOutput(): void {
    this.#turn?.patience.heard();
  }

  onNotification(method: string, params: JsonObject): void {
    if (this.#deltas.skips(method, this.#clock.nowMs())) return;
    this.#commands.note(method, params);
    this.#changes.note(method, params);
    this.#turn?.patience.note(method, params);
    const measured = this.#reporter.measure(method, params);
    const isOurs = (textOf(params, 'threadId') ?? this.threadId) === this.threadId;
    const isEnd = isOurs && this.#readTurn(method, params, measured);
    if (!isEnd) this.#reporter.tell('notification', humanise(method, params), measured);
    this.#interruption.note(method, params);
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
    this.#interruption.processEnded();
    this.#finish(brokenTurn(failure));
  }

  #begin(params: JsonObject, settle: (result: TurnResult) => void): void {
    const patience = new Patience(this.#clock, this.#start.settings.codex, {
      onWaiting: (message) => this.#reporter.tell('notification', message),
      onOut: (detail) => {
        this.#sendInterrupt();
        this.#finish(silentTurn(detail));
      },
    });
    this.#turn = new ActiveTurn(patience, settle);
    this.#reporter.turnRequested();
    this.#rpc.send('turn/start', params, (reply) => this.#turnStarted(reply));
  }

  #turnStarted(reply: Reply): void {
    if (reply.kind === 'failed') {
      this.#finish({ ...brokenTurn(reply.failure), event: 'startup_failed' });
      return;
    }
    const id = turnIdOf(reply.result);
    if (id === null) {
      this.#finish(brokenTurn(NO_TURN_ID));
      return;
    }
    // Simple stand-ins give every turn the same id.
    this.#endedTurns.delete(id);
    this.#announce(id);
  }

  /** Tells the turn's id once, from the reply or from what came before it. */
  #announce(id: string): void {
    if (this.#turn === null || this.#turn.id !== null || this.#endedTurns.has(id)) return;
    this.#turn.name(id);
    this.#reporter.turnStarted(id);
  }

  /** Reads what a message tells of the turn; true when it has told its end. */
  #readTurn(method: string, params: JsonObject, measured: Measured): boolean {
    if (this.#turn === null) return false;
    const id = turnIdOf(params);
    if (id !== null && (method === 'turn/started' || method === 'turn/completed')) this.#announce(id);
    this.#turn.note(method, params);
    // An end told twice must not end the turn after it.
    if (id !== null && this.#endedTurns.has(id)) return false;
    const end = turnEnd(method, params, {
      ...this.#turn.errors,
      limitedUntilWallMs: () => this.#reporter.limitedUntilWallMs(this.#clock.wallMs()),
    });
    if (end !== null) this.#finish(end, measured);
    return end !== null;
  }

  #finish(end: TurnEnd, measured: Measured = {}): void {
    const turn = this.#turn;
    if (turn === null) return;
    this.#turn = null;
    turn.patience.stop();
    if (turn.id !== null) this.#endedTurns.add(turn.id);
    this.#reporter.tell(end.event, end.message, measured);
    if (end.result.kind === 'inputRequired') this.#reporter.turnAsked(end.result.question);
    turn.settle(end.result);
  }

  #askPerson(question: Question): void {
    this.#sendInterrupt();
    this.#finish(inputRequiredTurn(question));
  }

  #interrupt(): void {
    this.#sendInterrupt();
    this.#finish(stoppedTurn());
  }

  #sendInterrupt(): void {
    const id = this.#turn?.id ?? null;
    if (id !== null) this.#interruption.begin(this.#rpc, this.threadId, id);
  }

  async #close(): Promise<void> {
    this.#requests.stop();
    this.#interrupt();
    const connection = this.#connection;
    if (connection === null) return;
    if (this.threadId !== '') {
      await windDown({
        rpc: connection.rpc,
        clock: this.#clock,
        threadId: this.threadId,
        interrupted: this.#interruption.over,
        // Codex tells of a command a moment after it has started it, so an early interruption may have hit one.
        mayRunCommands: this.#commands.some || this.#interruption.hasBegun,
      });
    }
    await connection.stop();
  }

  get #rpc() {
    if (this.#connection === null) throw new Error('the session has no process yet');
    return this.#connection.rpc;
  }
}

const NO_TURN_ID: Failure = { reason: 'response_error', detail: 'turn/start was answered without a turn id' };
