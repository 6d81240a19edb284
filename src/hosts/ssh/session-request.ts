import type { ClientChannel } from 'ssh2';
import type { Clock } from '../../ports/clock.js';
import type { Connection } from './connection.js';
import type { SessionKind } from './link.js';

/** Nobody waits longer than this for a session. */
const LIMIT_MS = 90_000;

/** A session that runs a command. */
export interface Opened {
  readonly channel: ClientChannel;
  readonly connection: Connection;
}

/** Somebody who waits for a session. */
export class SessionRequest {
  readonly command: string;
  readonly kind: SessionKind;
  readonly opened: Promise<Opened>;
  /** How many connections were lost under it. */
  losses = 0;
  readonly #cancel: () => void;
  #resolve: (opened: Opened) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #isOver = false;

  /** `onExpired` is told how long it waited, and rejects it. */
  constructor(command: string, kind: SessionKind, clock: Clock, onExpired: (waitedMs: number) => void) {
    this.command = command;
    this.kind = kind;
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#cancel = clock.wakeAt(clock.nowMs() + LIMIT_MS, () => onExpired(LIMIT_MS));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  resolve(opened: Opened): void {
    this.#settle();
    this.#resolve(opened);
  }

  reject(error: unknown): void {
    this.#settle();
    this.#reject(error);
  }

  #settle(): void {
    this.#isOver = true;
    this.#cancel();
  }
}
