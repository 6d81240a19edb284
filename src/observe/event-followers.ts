import type { HistoryEvent } from '../domain/history.js';

type Listener = (event: HistoryEvent) => void;

/** Those who are told of each event; one that throws keeps nobody else from hearing. */
export class EventFollowers {
  readonly #onFailed: (error: unknown) => void;
  readonly #followers = new Set<{ readonly listener: Listener; hasFailed: boolean }>();

  /** `onFailed` is called once for each listener that throws. */
  constructor(onFailed: (error: unknown) => void) {
    this.#onFailed = onFailed;
  }

  /** Returns the end of the subscription. */
  add(listener: Listener): () => void {
    const follower = { listener, hasFailed: false };
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  get areAny(): boolean {
    return this.#followers.size > 0;
  }

  tell(event: HistoryEvent): void {
    for (const follower of this.#followers) {
      try {
        follower.listener(event);
      } catch (error) {
        const isFirst = !follower.hasFailed;
        follower.hasFailed = true;
        if (isFirst) this.#onFailed(error);
      }
    }
  }
}
