import type { HostLink } from '../../domain/snapshot.js';
import type { Clock } from '../../ports/clock.js';

/** Changes within this time are told together. */
const TELL_AFTER_MS = 200;

/** Tells what the connections to a host are, when that has changed. */
export class LinkReport {
  readonly #clock: Clock;
  readonly #current: () => HostLink;
  readonly #onLink: (link: HostLink) => void;
  #told: HostLink = { connections: 0, sessions: 0 };
  #isDue = false;

  constructor(clock: Clock, current: () => HostLink, onLink: (link: HostLink) => void) {
    this.#clock = clock;
    this.#current = current;
    this.#onLink = onLink;
  }

  /** Something may have changed. */
  note(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#clock.wakeAt(this.#clock.nowMs() + TELL_AFTER_MS, () => this.#tell());
  }

  #tell(): void {
    this.#isDue = false;
    const { connections, sessions } = this.#current();
    if (connections === this.#told.connections && sessions === this.#told.sessions) return;
    this.#told = { connections, sessions };
    this.#onLink(this.#told);
  }
}
