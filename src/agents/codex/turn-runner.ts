import type { JsonObject } from '../../domain/json.js';
import type { CodexSettings } from '../../domain/settings.js';
import type { TurnResult } from '../../ports/agent.js';
import type { Clock } from '../../ports/clock.js';
import { ActiveTurn, turnIdOf } from './active-turn.js';
import { Interruption } from './interruption.js';
import { Patience } from './patience.js';
import type { Measured, Reporter } from './reporter.js';
import type { Reply, Rpc } from './rpc.js';
import { brokenTurn, silentTurn, type TurnEnd, turnEnd } from './turn.js';

/** What running turns needs of the session. */
export interface TurnContext {
  readonly clock: Clock;
  readonly codex: CodexSettings;
  readonly reporter: Reporter;
  readonly rpc: () => Rpc;
}

/**
 * Runs the turns of one thread, one at a time, from their request to their end. A turn settles once, whoever ends it,
 * and what is told of it afterwards ends no other.
 */
export class TurnRunner {
  readonly interruption = new Interruption();
  readonly #context: TurnContext;
  readonly #ended = new Set<string>();
  #active: ActiveTurn | null = null;

  constructor(context: TurnContext) {
    this.#context = context;
  }

  /** Null between turns. */
  get active(): ActiveTurn | null {
    return this.#active;
  }

  /** Requests a turn; resolves with its end. */
  run(params: JsonObject): Promise<TurnResult> {
    const { clock, codex, reporter, rpc } = this.#context;
    return new Promise((settle) => {
      const patience = new Patience(clock, codex, {
        onWaiting: (message) => reporter.tell('notification', message),
        onOut: (detail) => this.interrupt(silentTurn(detail)),
      });
      this.#active = new ActiveTurn(patience, settle);
      reporter.turnRequested();
      rpc().send('turn/start', params, (reply) => this.#started(reply));
    });
  }

  /** Reads what a message of our thread tells of the turn; true when it has told its end. */
  read(method: string, params: JsonObject, measured: Measured): boolean {
    if (this.#active === null) return false;
    const id = turnIdOf(params);
    if (id !== null && (method === 'turn/started' || method === 'turn/completed')) this.#name(id);
    this.#active.note(method, params);
    // An end told twice must not end the turn after it.
    if (id !== null && this.#ended.has(id)) return false;
    const { clock, reporter } = this.#context;
    const end = turnEnd(method, params, {
      ...this.#active.errors,
      limitedUntilWallMs: () => reporter.limitedUntilWallMs(clock.wallMs()),
    });
    if (end !== null) this.finish(end, measured);
    return end !== null;
  }

  /** Ends the turn, if one runs, here and at the agent. */
  interrupt(end: TurnEnd): void {
    const id = this.#active?.id ?? null;
    const { rpc, reporter } = this.#context;
    if (id !== null) this.interruption.begin(rpc(), reporter.threadId, id);
    this.finish(end);
  }

  /** Ends the turn, if one runs, with what has become of it. */
  finish(end: TurnEnd, measured: Measured = {}): void {
    const turn = this.#active;
    if (turn === null) return;
    const { reporter } = this.#context;
    this.#active = null;
    turn.patience.stop();
    if (turn.id !== null) this.#ended.add(turn.id);
    reporter.tell(end.event, end.message, measured);
    if (end.result.kind === 'inputRequired') reporter.turnAsked(end.result.question);
    turn.settle(end.result);
  }

  #started(reply: Reply): void {
    if (reply.kind === 'failed') {
      this.finish({ ...brokenTurn(reply.failure), event: 'startup_failed' });
      return;
    }
    const id = turnIdOf(reply.result);
    if (id === null) {
      const detail = 'turn/start was answered without a turn id';
      this.finish(brokenTurn({ reason: 'response_error', detail }));
      return;
    }
    // Simple stand-ins give every turn the same id.
    this.#ended.delete(id);
    this.#name(id);
  }

  /** Tells the turn's id once, from the reply or from what came before it. */
  #name(id: string): void {
    if (this.#active === null || this.#active.id !== null || this.#ended.has(id)) return;
    this.#active.name(id);
    this.#context.reporter.turnStarted(id);
  }
}
