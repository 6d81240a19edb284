import type { CoreSettings } from '../../../src/core/settings.js';
import type { BlockerRef, IssueFacts, IssueId } from '../../../src/domain/issue.js';
import { isActive, isRoutable, isTerminal } from '../../../src/domain/routing.js';

/** An issue as the tracker of the simulated world keeps it. */
interface Card {
  readonly id: IssueId;
  readonly identifier: string;
  readonly createdAt: string | null;
  title: string;
  state: string;
  priority: number | null;
  labels: readonly string[];
  assigned: boolean;
  blockers: readonly IssueId[];
}

/** What people and agents may change of an issue. */
export type CardChange = Partial<Omit<Card, 'id' | 'identifier' | 'createdAt'>>;

const OPEN_BLOCKER_HOLDS = 'todo';

/** The tracker of the simulated world: it knows every issue and answers the two reads (SPEC 11.1). */
export class Board {
  readonly #cards = new Map<IssueId, Card>();
  readonly #onChange: (id: IssueId) => void;
  /** As adapters deliver them, until they change. */
  readonly #delivered = new Map<IssueId, IssueFacts>();
  #created = 0;

  constructor(onChange: (id: IssueId) => void) {
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#cards.size;
  }

  ids(): readonly IssueId[] {
    return [...this.#cards.keys()];
  }

  create(fields: Required<CardChange>, createdAt: string | null): void {
    this.#created += 1;
    const id = `id-${this.#created}`;
    this.#cards.set(id, { ...fields, id, identifier: `MT-${this.#created}`, createdAt });
    this.#onChange(id);
  }

  change(id: IssueId, change: CardChange): void {
    const card = this.#cards.get(id);
    if (card === undefined) return;
    this.#cards.set(id, { ...card, ...change });
    this.#changed(id);
  }

  delete(id: IssueId): void {
    if (this.#cards.delete(id)) this.#changed(id);
  }

  /** The issue as an adapter would deliver it now. */
  issue(id: IssueId): IssueFacts | undefined {
    const known = this.#delivered.get(id);
    if (known !== undefined) return known;
    const card = this.#cards.get(id);
    if (card === undefined) return undefined;
    const facts = this.#facts(card);
    this.#delivered.set(id, facts);
    return facts;
  }

  issuesByStates(states: readonly string[]): IssueFacts[] {
    const wanted = new Set(states.map((state) => state.trim().toLowerCase()));
    const ids = this.ids().filter((id) => wanted.has(this.#cards.get(id)?.state.toLowerCase() ?? ''));
    return this.issuesByIds(ids);
  }

  issuesByIds(ids: readonly IssueId[]): IssueFacts[] {
    return ids.flatMap((id) => {
      const issue = this.issue(id);
      // Every answer is a value of its own, as one that came over a wire.
      return issue === undefined ? [] : [{ ...issue }];
    });
  }

  /** Whether the daemon should be working on it, slots and claims aside. */
  wantsWork(id: IssueId, settings: CoreSettings): boolean {
    const issue = this.issue(id);
    return issue !== undefined && isActive(issue, settings) && isRoutable(issue, settings);
  }

  isFinished(id: IssueId, settings: CoreSettings): boolean {
    const issue = this.issue(id);
    return issue !== undefined && isTerminal(issue, settings);
  }

  /** A blocker's change shows in the issues it blocks. */
  #changed(id: IssueId): void {
    this.#delivered.delete(id);
    for (const card of this.#cards.values()) if (card.blockers.includes(id)) this.#delivered.delete(card.id);
    this.#onChange(id);
  }

  #facts({ assigned, blockers, ...card }: Card): IssueFacts {
    const blockedBy = blockers.map((id) => this.#blocker(id));
    const open = blockedBy.some(({ state }) => state !== null && state !== 'Done' && state !== 'Cancelled');
    return {
      ...card,
      branchName: null,
      url: null,
      assigneeId: assigned ? 'us' : null,
      blockedBy,
      dispatchable: assigned && !(open && card.state.toLowerCase() === OPEN_BLOCKER_HOLDS),
      updatedAt: null,
    };
  }

  #blocker(id: IssueId): BlockerRef {
    const card = this.#cards.get(id);
    return { id, identifier: card?.identifier ?? null, state: card?.state ?? null };
  }
}
