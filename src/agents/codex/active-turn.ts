import type { JsonObject } from '../../domain/json.js';
import type { TurnResult } from '../../ports/agent.js';
import type { Patience } from './patience.js';
import { ErrorNotice, objectOf, type TurnError, textOf } from './protocol.js';

/** What exists while a turn runs, and only then. */
export class ActiveTurn {
  readonly patience: Patience;
  readonly settle: (result: TurnResult) => void;
  #id: string | null = null;
  #lastError: TurnError | null = null;
  #lastRetry: TurnError | null = null;

  constructor(patience: Patience, settle: (result: TurnResult) => void) {
    this.patience = patience;
    this.settle = settle;
  }

  /** Null until the agent has named the turn. */
  get id(): string | null {
    return this.#id;
  }

  get errors(): { readonly lastError: TurnError | null; readonly lastRetry: TurnError | null } {
    return { lastError: this.#lastError, lastRetry: this.#lastRetry };
  }

  name(id: string): void {
    this.#id = id;
  }

  /** Remembers what the end of the turn may not tell. */
  note(method: string, params: JsonObject): void {
    if (method === 'error') {
      const { error, willRetry } = ErrorNotice.parse(params);
      if (willRetry) this.#lastRetry = error;
      else this.#lastError = error;
      // Usage is told when a call of the model has come to its end: what was repeated for it is history.
    } else if (method === 'thread/tokenUsage/updated') this.#lastRetry = null;
  }
}

/** The id of the turn that a message is about, where it has one. */
export function turnIdOf(params: JsonObject): string | null {
  return textOf(objectOf(params['turn']), 'id');
}
