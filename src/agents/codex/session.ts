import { errorMessage } from '../../domain/error.js';
import type { JsonObject } from '../../domain/json.js';
import { type AgentEventName, type AgentReport, type Question, sessionId } from '../../domain/session.js';
import type { AgentSession, SessionStart, TurnRequest, TurnResult } from '../../ports/agent.js';
import type { Clock } from '../../ports/clock.js';
import { judge } from './approvals.js';
import type { Connection, ConnectionListener } from './connection.js';
import { DeltaPace } from './deltas.js';
import { changedPaths, humanise, reportLine } from './humanise.js';
import { Patience } from './patience.js';
import { turnSandboxPolicy } from './policy.js';
import { ErrorNotice, objectOf, type TurnError, TurnStarted, textOf } from './protocol.js';
import { RateLimitReader } from './rate-limits.js';
import type { Failure, Reply, ServerRequest } from './rpc.js';
import { RunningCommands, windDown } from './stop.js';
import { ToolCalls } from './tools.js';
import { inputRequiredTurn, type TurnEnd, turnEnd } from './turn.js';
import { UsageReader } from './usage.js';

/** What exists while a turn runs, and only then. */
interface ActiveTurn {
  id: string | null;
  lastError: TurnError | null;
  readonly patience: Patience;
  readonly settle: (result: TurnResult) => void;
}

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
  readonly #usage = new UsageReader();
  readonly #limits = new RateLimitReader();
  readonly #toolStop = new AbortController();
  readonly #toolCalls: ToolCalls;
  readonly #endedTurns = new Set<string>();
  readonly #deltas = new DeltaPace();
  readonly #commands = new RunningCommands();
  #connection: Connection | null = null;
  #threadId = '';
  #turnId: string | null = null;
  #turn: ActiveTurn | null = null;
  #question: Question | null = null;
  #changedPaths: readonly string[] = [];
  #interrupted: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor(start: SessionStart, clock: Clock) {
    this.#start = start;
    this.#clock = clock;
    this.#toolCalls = new ToolCalls(
      start.tools,
      { issue: start.issue, session: start.marker },
      this.#toolStop.signal,
    );
  }

  get isResumed(): boolean {
    return false;
  }

  get threadId(): string {
    return this.#threadId;
  }

  /** Takes over a connection; from here on the session owns it. */
  attach(connection: Connection): void {
    this.#connection = connection;
    // Closed while the process was being started: then there was nothing to stop yet.
    if (this.#closing !== null) this.#closing = connection.stop();
    this.#report('notification', 'agent process started');
  }

  /** The thread is open: turns may run. */
  opened(threadId: string): void {
    this.#threadId = threadId;
  }

  failedToStart(error: unknown): void {
    this.#report('startup_failed', errorMessage(error));
  }

  async runTurn(request: TurnRequest): Promise<TurnResult> {
    if (this.#turn !== null) throw new Error('a turn is running already in this session');
    const params = await this.#turnParams(request.prompt);
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
    this.#turn?.patience.note(method, params);
    const usage = this.#usage.read(method, params, this.#threadId);
    const rateLimits = this.#limits.read(method, params);
    const measured = { ...(usage === null ? {} : { usage }), ...(rateLimits === null ? {} : { rateLimits }) };
    const isOurs = (textOf(params, 'threadId') ?? this.#threadId) === this.#threadId;
    if (isOurs && this.#turn !== null) {
      this.#note(this.#turn, method, params);
      const end = this.#endOf(this.#turn, method, params);
      if (end !== null) {
        this.#finish(end, measured);
        return;
      }
    }
    if (this.#question !== null) this.#reportMeasured(measured, this.#question);
    else this.#report('notification', humanise(method, params), measured);
  }

  onRequest(request: ServerRequest): void {
    const { method, params } = request;
    if (method === 'item/tool/call') {
      void this.#callTool(request);
      return;
    }
    const policy = this.#start.settings.codex.approvalPolicy;
    const verdict = judge(method, params, policy, this.#changedPaths);
    switch (verdict.kind) {
      case 'approve':
        request.answer(verdict.answer);
        this.#report('approval_auto_approved', `approved: ${verdict.what}`);
        break;
      case 'ask':
        request.answer(verdict.refusal);
        this.#askPerson(verdict.question);
        break;
      case 'unknown':
        request.refuse();
        this.#report('notification', `refused unknown request ${method}`);
        break;
    }
  }

  onOther(text: string): void {
    this.#report('other_message', text);
  }

  onMalformed(text: string): void {
    // Only what looks like a message was meant as one; the rest is what shells and profiles print.
    this.#report(text.trimStart().startsWith('{') ? 'malformed' : 'other_message', text);
  }

  onOverlong(start: string): void {
    this.#report('malformed', `skipped a line of more than 10 MB: ${start}`);
  }

  onEnd(failure: Failure): void {
    this.#finish(failedTurn(failure));
  }

  async #turnParams(prompt: string): Promise<JsonObject> {
    const { host, issue, settings, workspacePath } = this.#start;
    const sandboxPolicy = await turnSandboxPolicy(settings.codex, workspacePath, host);
    return {
      threadId: this.#threadId,
      input: [{ type: 'text', text: prompt }],
      cwd: workspacePath,
      title: `${issue.identifier}: ${issue.title}`,
      approvalPolicy: settings.codex.approvalPolicy,
      ...(sandboxPolicy === null ? {} : { sandboxPolicy }),
    };
  }

  #begin(params: JsonObject, settle: (result: TurnResult) => void): void {
    const patience = new Patience(this.#clock, this.#start.settings.codex, {
      onWaiting: (message) => this.#report('notification', message),
      onOut: (detail) => this.#finish(silentTurn(detail)),
    });
    this.#turn = { id: null, lastError: null, patience, settle };
    this.#question = null;
    this.#rpc.send('turn/start', params, (reply) => this.#turnStarted(reply));
  }

  #turnStarted(reply: Reply): void {
    if (reply.kind === 'failed') {
      this.#finish({ ...failedTurn(reply.failure), event: 'startup_failed' });
      return;
    }
    const started = TurnStarted.safeParse(reply.result);
    if (!started.success) {
      this.#finish(failedTurn(NO_TURN_ID));
      return;
    }
    // Simple stand-ins give every turn the same id.
    this.#endedTurns.delete(started.data.turn.id);
    this.#announce(started.data.turn.id);
  }

  /** Tells the turn's id once, from the reply or from what came before it. */
  #announce(turnId: string): void {
    if (this.#turn === null || this.#turn.id !== null || this.#endedTurns.has(turnId)) return;
    this.#turn.id = turnId;
    this.#turnId = turnId;
    const id = sessionId(this.#threadId, turnId);
    this.#report('session_started', `session ${id} started`, { fields: { session_id: id } });
  }

  /** Remembers what later messages need. */
  #note(turn: ActiveTurn, method: string, params: JsonObject): void {
    if (method === 'turn/started' || method === 'turn/completed') {
      const started = TurnStarted.safeParse(params);
      if (started.success) this.#announce(started.data.turn.id);
    } else if (method === 'error') {
      const { error, willRetry } = ErrorNotice.parse(params);
      if (!willRetry) turn.lastError = error;
    } else if (method === 'item/started') {
      const item = objectOf(params['item']);
      if (item['type'] === 'fileChange') this.#changedPaths = changedPaths(item);
    }
  }

  #endOf(turn: ActiveTurn, method: string, params: JsonObject): TurnEnd | null {
    const id = textOf(objectOf(params['turn']), 'id');
    // An end told twice must not end the turn after it.
    if (id !== null && this.#endedTurns.has(id)) return null;
    return turnEnd(method, params, {
      lastError: turn.lastError,
      limitedUntilWallMs: () => this.#limits.exhaustedUntilWallMs(this.#clock.wallMs()),
    });
  }

  #finish(end: TurnEnd, measured: Partial<AgentReport> = {}): void {
    const turn = this.#turn;
    if (turn === null) return;
    this.#turn = null;
    turn.patience.stop();
    if (turn.id !== null) this.#endedTurns.add(turn.id);
    this.#report(end.event, end.message, measured);
    if (end.result.kind === 'inputRequired') this.#question = end.result.question;
    turn.settle(end.result);
  }

  #askPerson(question: Question): void {
    if (this.#turn === null) {
      this.#report('notification', `refused, no turn is running: ${question.text}`);
      return;
    }
    // Most refusals end the turn at the agent; an interrupt ends it for the others, so that it costs nothing more.
    this.#sendInterrupt(this.#turn);
    this.#finish(inputRequiredTurn(question));
  }

  #interrupt(): void {
    if (this.#turn === null) return;
    this.#sendInterrupt(this.#turn);
    this.#finish(stoppedTurn());
  }

  /** The reply changes nothing: the session is closed after it, whatever it says. */
  #sendInterrupt({ id }: ActiveTurn): void {
    if (id === null) return;
    this.#interrupted = new Promise((resolve) => {
      this.#rpc.send('turn/interrupt', { threadId: this.#threadId, turnId: id }, () => resolve());
    });
  }

  async #callTool(request: ServerRequest): Promise<void> {
    const callId = textOf(request.params, 'callId') ?? '';
    this.#turn?.patience.called(callId, textOf(request.params, 'tool', 'name') ?? '');
    const { answer, event, message } = await this.#toolCalls.execute(request.params);
    request.answer(answer);
    this.#turn?.patience.answered(callId);
    this.#report(event, message);
  }

  async #close(): Promise<void> {
    this.#toolStop.abort();
    this.#interrupt();
    const connection = this.#connection;
    if (connection === null) return;
    if (this.#threadId !== '') {
      await windDown({
        rpc: connection.rpc,
        clock: this.#clock,
        threadId: this.#threadId,
        interrupted: this.#interrupted,
        commands: this.#commands,
      });
    }
    await connection.stop();
  }

  get #rpc() {
    if (this.#connection === null) throw new Error('the session has no process yet');
    return this.#connection.rpc;
  }

  #report(event: AgentEventName, message: string, extra: Partial<AgentReport> = {}): void {
    if (this.#question !== null && event !== 'turn_input_required') return;
    this.#start.onReport({
      event,
      message: reportLine(message),
      ...(this.#threadId === '' ? {} : { threadId: this.#threadId }),
      ...(this.#turnId === null ? {} : { turnId: this.#turnId }),
      ...(this.#connection === null ? {} : { processId: this.#connection.processId }),
      ...extra,
    });
  }

  #reportMeasured(measured: Partial<AgentReport>, question: Question): void {
    if (Object.keys(measured).length > 0) this.#report('turn_input_required', question.text, measured);
  }
}

const NO_TURN_ID: Failure = { reason: 'response_error', detail: 'turn/start was answered without a turn id' };

function failedTurn(failure: Failure): TurnEnd {
  return { result: { kind: 'failed', ...failure }, event: 'turn_ended_with_error', message: failure.detail };
}

function silentTurn(detail: string): TurnEnd {
  return { result: { kind: 'timedOut', detail }, event: 'turn_ended_with_error', message: detail };
}

function stoppedTurn(): TurnEnd {
  const detail = 'the turn was stopped';
  return {
    result: { kind: 'failed', reason: 'turn_cancelled', detail },
    event: 'turn_cancelled',
    message: detail,
  };
}
