import type { IssueId } from '../domain/issue.js';
import type { Hold } from '../domain/order.js';
import type { Usage } from '../domain/usage.js';
import type { Claim } from './claim.js';
import type { AccountLimit } from './until.js';

/** What the journal keeps of a decision: just enough to go on after a crash. Each replaces what was told of the same before. */
export type Fact =
  /** A daemon began with this board, or changed to it. What it let go for that is released by facts of its own. */
  | { readonly type: 'began'; readonly board: string }
  | { readonly type: 'claimed'; readonly issueId: IssueId; readonly claim: Claim }
  | { readonly type: 'released'; readonly issueId: IssueId }
  | { readonly type: 'totalled'; readonly usage: Usage; readonly endedRunMs: number }
  /** A person paused dispatch or let it go on. */
  | { readonly type: 'held'; readonly hold: Hold | null }
  /** A limit of the agent's account came or went. */
  | { readonly type: 'limited'; readonly limit: AccountLimit | null }
  /** The daemon was told to end; after a crash this is missing. */
  | { readonly type: 'ended' };

/** What a row of facts comes to. */
export interface Remembered {
  /** Null where nothing is remembered. */
  readonly board: string | null;
  readonly claims: ReadonlyMap<IssueId, Claim>;
  readonly totals: { readonly usage: Usage; readonly endedRunMs: number } | null;
  readonly hold: Hold | null;
  readonly limit: AccountLimit | null;
  readonly hasEnded: boolean;
}

/** Folds facts, the oldest first. */
export function remembered(facts: Iterable<Fact>): Remembered {
  const claims = new Map<IssueId, Claim>();
  let rest: Omit<Remembered, 'claims'> = {
    board: null,
    totals: null,
    hold: null,
    limit: null,
    hasEnded: false,
  };
  for (const fact of facts) {
    if (fact.type === 'claimed') claims.set(fact.issueId, fact.claim);
    else if (fact.type === 'released') claims.delete(fact.issueId);
    else rest = { ...rest, ...partOf(fact) };
  }
  return { ...rest, claims };
}

function partOf(fact: Exclude<Fact, { type: 'claimed' | 'released' }>): Partial<Remembered> {
  switch (fact.type) {
    case 'began':
      return { board: fact.board, hasEnded: false };
    case 'totalled':
      return { totals: { usage: fact.usage, endedRunMs: fact.endedRunMs } };
    case 'held':
      return { hold: fact.hold };
    case 'limited':
      return { limit: fact.limit };
    case 'ended':
      return { hasEnded: true };
  }
}

/** The fewest facts that come to the same. */
export function foldedFacts(facts: Iterable<Fact>): readonly Fact[] {
  const { board, claims, totals, hold, limit, hasEnded } = remembered(facts);
  return [
    ...(board === null ? [] : [{ type: 'began', board } as const]),
    ...[...claims].map(([issueId, claim]) => ({ type: 'claimed', issueId, claim }) as const),
    ...(totals === null ? [] : [{ type: 'totalled', ...totals } as const]),
    ...(hold === null ? [] : [{ type: 'held', hold } as const]),
    ...(limit === null ? [] : [{ type: 'limited', limit } as const]),
    ...(hasEnded ? [{ type: 'ended' } as const] : []),
  ];
}
