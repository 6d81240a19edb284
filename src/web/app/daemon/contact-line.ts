import { type Contact, isFresh } from '../model/freshness.js';
import { ApiFailure } from './api.js';

/** Keeps what is known of the way to the daemon, and the daemon's time. */
export class ContactLine {
  readonly #listeners = new Set<() => void>();
  #contact: Contact = { kind: 'connecting' };
  /** How far the daemon's clock is ahead of this machine's. */
  #aheadMs = 0;

  get contact(): Contact {
    return this.#contact;
  }

  /** Now, by the daemon's clock; stands still once the daemon is silent, so that nothing old grows older as if it were true. */
  nowMs(): number {
    const contact = this.#contact;
    const heldAtMs = contact.kind === 'connecting' ? null : contact.answeredAtMs;
    const nowMs = isFresh(contact, Date.now()) || heldAtMs === null ? Date.now() : heldAtMs;
    return nowMs + this.#aheadMs;
  }

  /** Takes the time of an answer, which HTTP tells in whole seconds. */
  readonly heard = (headers: Headers): void => {
    const date = headers.get('date');
    const theirsMs = date === null ? Number.NaN : Date.parse(date);
    if (Number.isNaN(theirsMs)) return;
    const aheadMs = theirsMs - Date.now();
    this.#aheadMs = Math.abs(aheadMs) < 2_000 ? 0 : aheadMs;
  };

  /** The daemon has answered, and what it said is in place; whoever subscribed shows it. */
  answered(): void {
    this.#set({ kind: 'answering', answeredAtMs: Date.now() });
  }

  failed(error: unknown): void {
    const answeredAtMs = this.#contact.kind === 'connecting' ? null : this.#contact.answeredAtMs;
    if (error instanceof ApiFailure && error.wantsToken) this.#set({ kind: 'locked', answeredAtMs });
    else {
      const reason =
        error instanceof ApiFailure ? error.message : 'This page cannot read what the daemon says';
      this.#set({ kind: 'lost', answeredAtMs, reason });
    }
  }

  /** Calls back whenever the contact is found, kept or lost. */
  subscribe(listener: () => void): void {
    this.#listeners.add(listener);
  }

  #set(contact: Contact): void {
    this.#contact = contact;
    for (const listener of this.#listeners) listener();
  }
}
