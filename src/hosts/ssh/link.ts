import type { ClientChannel } from 'ssh2';
import type { Clock } from '../../ports/clock.js';
import { type Connection, SessionRefused } from './connection.js';

/** A server that does not open a session for this long will not do it later either. */
const OPEN_LIMIT_MS = 20_000;
/** While it is unknown how many sessions a server allows, so many are asked for at once. */
const MAX_ASKING = 8;
/** A refusal is believed for this long: a session that had just ended may have been counted. */
const BELIEVED_MS = 30_000;

/** `command` is counted as work; `service` is what the adapter needs for itself. */
export type SessionKind = 'command' | 'service';

/** One connection of a pool, and how many sessions it bears. */
export class Link {
  readonly connection: Connection;
  readonly #clock: Clock;
  readonly #onChange: () => void;
  #held = 0;
  #hasBorne = false;
  #commands = 0;
  /** Sessions that were asked for, in that order. */
  readonly #asking = new Set<symbol>();
  #fullAt: { readonly sessions: number; readonly believedUntilMs: number } | null = null;
  #idleSinceMs: number;

  /** `onChange` is called when there may be room again, and when a session came or went. */
  constructor(connection: Connection, clock: Clock, onChange: () => void) {
    this.connection = connection;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#idleSinceMs = clock.nowMs();
  }

  /** Sessions under way or asked for. */
  get sessions(): number {
    return this.#held + this.#asking.size;
  }

  get commands(): number {
    return this.#commands;
  }

  /** Since when it bears nothing; null while it does. */
  get idleSinceMs(): number | null {
    return this.sessions === 0 ? this.#idleSinceMs : null;
  }

  /** Whether the server has ever opened a session on it. One that it refuses then is too many, and not the first. */
  get hasBorne(): boolean {
    return this.#hasBorne;
  }

  /** How many sessions it bore when the server refused one; null while it refused none. */
  get measured(): number | null {
    if (this.#fullAt !== null && this.#clock.nowMs() >= this.#fullAt.believedUntilMs) this.#fullAt = null;
    return this.#fullAt?.sessions ?? null;
  }

  get hasRoom(): boolean {
    if (this.connection.reason !== null || this.#asking.size >= MAX_ASKING) return false;
    return this.measured === null || this.sessions < (this.measured ?? 0);
  }

  /** @throws SessionRefused, or SymphonyError `host_unreachable` when the connection is lost */
  async open(command: string, kind: SessionKind): Promise<ClientChannel> {
    const asked = Symbol(command);
    this.#asking.add(asked);
    const cancel = this.#clock.wakeAt(this.#clock.nowMs() + OPEN_LIMIT_MS, () =>
      this.connection.close(`it opened no session within ${OPEN_LIMIT_MS / 1_000} s`),
    );
    try {
      const channel = await this.connection.exec(command);
      this.#hold(channel, kind);
      return channel;
    } catch (error) {
      if (error instanceof SessionRefused) {
        this.#fullAt = { sessions: this.#granted(asked), believedUntilMs: this.#clock.nowMs() + BELIEVED_MS };
      }
      throw error;
    } finally {
      cancel();
      this.#asking.delete(asked);
      this.#rest();
    }
  }

  /** A server answers in order, so what was asked for before the one that was refused has been granted. */
  #granted(refused: symbol): number {
    return this.#held + [...this.#asking].indexOf(refused);
  }

  #hold(channel: ClientChannel, kind: SessionKind): void {
    this.#held += 1;
    this.#hasBorne = true;
    if (kind === 'command') this.#commands += 1;
    channel.once('close', () => {
      this.#held -= 1;
      if (kind === 'command') this.#commands -= 1;
      this.#rest();
    });
  }

  #rest(): void {
    if (this.sessions === 0) this.#idleSinceMs = this.#clock.nowMs();
    this.#onChange();
  }
}
