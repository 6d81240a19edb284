import type { Clock } from '../../../ports/clock.js';
import { CallAllowance } from './call-allowance.js';

/** What the tool remembers of one agent session. */
export interface SessionMemory {
  readonly allowance: CallAllowance;
  readonly known: KnownTargets;
}

/** All sessions that have called, until they have been idle for so long that there is nothing to remember. */
export class Sessions {
  readonly #callsPerHour: number;
  readonly #clock: Clock;
  readonly #memories = new Map<string, SessionMemory>();

  constructor(callsPerHour: number, clock: Clock) {
    this.#callsPerHour = callsPerHour;
    this.#clock = clock;
  }

  of(session: string): SessionMemory {
    const known = this.#memories.get(session);
    if (known !== undefined) return known;
    const nowMs = this.#clock.nowMs();
    this.#forgetIdle(nowMs);
    const memory = { allowance: new CallAllowance(this.#callsPerHour, nowMs), known: new KnownTargets() };
    this.#memories.set(session, memory);
    return memory;
  }

  /** How many sessions are remembered. */
  get size(): number {
    return this.#memories.size;
  }

  /** Whose allowance is whole again loses nothing but look-ups that can be made again. */
  #forgetIdle(nowMs: number): void {
    for (const [session, { allowance }] of this.#memories) {
      if (allowance.isFull(nowMs)) this.#memories.delete(session);
    }
  }
}

const MOST_KNOWN = 200;

/** What was found to belong to the project; the oldest goes when there is too much. */
export class KnownTargets {
  readonly #keys = new Set<string>();

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    this.#keys.add(key);
    if (this.#keys.size <= MOST_KNOWN) return;
    for (const oldest of this.#keys) {
      this.#keys.delete(oldest);
      break;
    }
  }
}
