import { LOCAL_HOST } from '../../../src/domain/settings.js';
import type { Random } from './random.js';
import type { Timeline } from './timeline.js';
import type { Weather } from './weather.js';

/** Those that settings of a simulation may name. */
export const MACHINES = ['build-1', 'build-2', 'build-3', 'build-4'] as const;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** `refusing`: it answers when it is tried, and fails every run before that has begun. */
type Condition = 'up' | 'down' | 'refusing';

/** The machines behind the hosts: they go down and come back, and take along what runs there. */
export class Machines {
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #weather: Weather;
  readonly #pauseMs: number;
  readonly #conditions = new Map<string, Condition>();
  readonly #onLoss = new Map<string, Set<() => void>>();
  #cancelNext = (): void => {};

  constructor({ timeline, random, weather }: { timeline: Timeline; random: Random; weather: Weather }) {
    this.#timeline = timeline;
    this.#random = random;
    this.#weather = weather;
    // Some pools never fail.
    this.#pauseMs = random.pick([10 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, Number.POSITIVE_INFINITY]);
  }

  condition(host: string): Condition {
    return this.#conditions.get(host) ?? 'up';
  }

  /** Begins to break, now and then; what was dead is replaced first. */
  begin(): void {
    this.#conditions.clear();
    this.#breakNext();
  }

  #breakNext(): void {
    if (this.#pauseMs === Number.POSITIVE_INFINITY) return;
    this.#cancelNext = this.#timeline.after(this.#random.until(this.#pauseMs), () => {
      this.#strike();
      this.#breakNext();
    });
  }

  /** All are up again and stay so, but that one may be dead for good which others make up for. */
  end(inUse: readonly string[]): void {
    this.#cancelNext();
    this.#conditions.clear();
    if (this.#pauseMs === Number.POSITIVE_INFINITY || this.#random.chance(0.6)) return;
    const host = this.#random.pick(MACHINES);
    if (inUse.some((other) => other !== host)) this.#fall(host, 'down', Number.POSITIVE_INFINITY);
  }

  /** Calls back once the links to a host break; returns the cancellation. */
  onLoss(host: string, lost: () => void): () => void {
    const listeners = this.#onLoss.get(host) ?? new Set();
    this.#onLoss.set(host, listeners.add(lost));
    return () => listeners.delete(lost);
  }

  /** The links to a host break, and new ones can be made. */
  breakLinks(host: string): void {
    if (host === LOCAL_HOST) return;
    for (const lost of [...(this.#onLoss.get(host) ?? [])]) lost();
  }

  #strike(): void {
    const host = this.#random.pick(MACHINES);
    const dice = this.#random.next();
    if (dice < 0.2) {
      this.#weather.count('linksBroken');
      this.breakLinks(host);
    } else this.#fall(host, dice < 0.4 ? 'refusing' : 'down');
    // A switch takes several of them along.
    if (this.#random.chance(0.2)) for (const other of MACHINES) this.#fall(other, 'down');
  }

  #fall(
    host: string,
    condition: 'down' | 'refusing',
    forMs = this.#random.span(MINUTE_MS, 5 * HOUR_MS),
  ): void {
    if (this.condition(host) !== 'up') return;
    this.#weather.count(condition === 'down' ? 'hostDown' : 'hostRefuses');
    this.#conditions.set(host, condition);
    if (condition === 'down') this.breakLinks(host);
    this.#timeline.after(forMs, () => this.#conditions.delete(host));
  }
}
