import { existsSync, readFileSync } from 'node:fs';

/** What `agents/linear-worker.sh` writes down, in the order of a life; `refused` instead of a move that worked. */
export type AgentMoment = 'started' | 'turn' | 'worked' | 'refused' | 'finished' | 'ended';

/** One line of the agents' own journal: the truth about which of them lived when. */
interface Entry {
  /** Milliseconds of the epoch. */
  readonly atMs: number;
  readonly moment: string;
  readonly identifier: string;
}

/** The journal that all agents of a daemon write, read as it is now. */
export class AgentJournal {
  readonly #entries: readonly Entry[];

  static read(file: string): AgentJournal {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const lines = text.split('\n').slice(0, -1);
    return new AgentJournal(
      lines.map((line) => {
        const [microseconds, moment = '', identifier = ''] = line.split(' ');
        return { atMs: Number(microseconds) / 1_000, moment, identifier };
      }),
    );
  }

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries.toSorted((a, b) => a.atMs - b.atMs);
  }

  /** When this happened, oldest first. */
  times(moment: AgentMoment): readonly number[] {
    return this.#of(moment).map(({ atMs }) => atMs);
  }

  /** How often this happened to an issue, for each issue to which it did. */
  perIssue(moment: AgentMoment): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { identifier } of this.#of(moment)) counts.set(identifier, (counts.get(identifier) ?? 0) + 1);
    return counts;
  }

  /** From one moment to another of the same issue, for each issue that had both once. */
  between(from: AgentMoment, to: AgentMoment): readonly number[] {
    const began = new Map(this.#of(from).map(({ identifier, atMs }) => [identifier, atMs]));
    return this.#of(to).flatMap(({ identifier, atMs }) => {
      const fromMs = began.get(identifier);
      return fromMs === undefined ? [] : [atMs - fromMs];
    });
  }

  /** The most agents that were alive at once. */
  mostAlive(): number {
    let alive = 0;
    let most = 0;
    for (const { moment } of this.#entries) {
      if (moment === 'started') alive += 1;
      if (moment === 'ended') alive -= 1;
      most = Math.max(most, alive);
    }
    return most;
  }

  /** How long each slot that became free stood so until it was used again; slots are taken in the order they came free. */
  gaps(freed: 'ended' | 'finished', taken: 'started' | 'turn', slots: number): readonly number[] {
    const free = this.times(freed);
    return this.times(taken)
      .slice(slots)
      .flatMap((atMs, index) => {
        const freeAtMs = free[index];
        return freeAtMs === undefined ? [] : [atMs - freeAtMs];
      });
  }

  #of(moment: AgentMoment): readonly Entry[] {
    return this.#entries.filter((entry) => entry.moment === moment);
  }
}
