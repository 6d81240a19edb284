import type { JsonObject } from '../../domain/json.js';
import { turnIdOf } from './active-turn.js';
import type { Rpc } from './rpc.js';

/**
 * The interruption of a turn. Codex answers it at once, and ends the turn a moment later: only then are its tokens told
 * and its record of the thread is whole, so that is what a stop waits for, within its bound.
 */
export class Interruption {
  #over: Promise<void> = Promise.resolve();
  #turnId: string | null = null;
  #settle = (): void => {};

  /** Settles when the turn that was interrupted last has ended, at once when there was none. Never rejects. */
  get over(): Promise<void> {
    return this.#over;
  }

  /** Whether any turn was interrupted. */
  get hasBegun(): boolean {
    return this.#turnId !== null;
  }

  begin(rpc: Rpc, threadId: string, turnId: string): void {
    this.#turnId = turnId;
    this.#over = new Promise((resolve) => {
      this.#settle = resolve;
    });
    rpc.send('turn/interrupt', { threadId, turnId }, (reply) => {
      // It has ended by itself, or the process has.
      if (reply.kind === 'failed') this.#settle();
    });
  }

  note(method: string, params: JsonObject): void {
    if (method === 'turn/completed' && turnIdOf(params) === this.#turnId) this.#settle();
  }

  /** The process has ended, and the turn with it. */
  processEnded(): void {
    this.#settle();
  }
}
