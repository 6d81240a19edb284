import { Map as PersistentMap } from 'immutable';
import type { IssueId } from '../domain/issue.js';
import type { Draft } from './draft.js';
import type { State } from './state.js';

/** An issue that was asked about so lately may start without another look: a further answer would be hardly younger. */
const FRESH_MS = 3_000;
/** No answer comes later than this after its question (C4); older ones are no news. */
const LONGEST_READ_MS = 60_000;

/** Whether an issue may start on what is known of it. */
export function isFresh({ freshness }: State, issueId: IssueId, atMs: number): boolean {
  const readAtMs = freshness.readAtMs.get(issueId);
  return readAtMs !== undefined && atMs - readAtMs <= FRESH_MS;
}

/** An answer shows these issues as they were when it was asked for. */
export function noteRead(draft: Draft, issueIds: Iterable<IssueId>, askedAtMs: number): void {
  const { freshness } = draft.state;
  const readAtMs = freshness.readAtMs.withMutations((map) => {
    for (const issueId of issueIds) map.set(issueId, askedAtMs);
  });
  draft.set({ freshness: { ...freshness, readAtMs } });
}

/** Something says that these issues changed. */
export function forgetReads(draft: Draft, issueIds: readonly IssueId[]): void {
  const { freshness } = draft.state;
  draft.set({ freshness: { ...freshness, readAtMs: freshness.readAtMs.deleteAll(issueIds) } });
}

/** Anything may have changed. */
export function forgetAllReads(draft: Draft): void {
  const { freshness } = draft.state;
  draft.set({ freshness: { ...freshness, readAtMs: PersistentMap() } });
}

/** Keeps only marks that an answer under way could still meet. */
export function pruneClaimMarks(draft: Draft): void {
  const { freshness } = draft.state;
  const claimedAtMs = freshness.claimedAtMs.filter((atMs) => draft.atMs - atMs <= LONGEST_READ_MS);
  if (claimedAtMs.size === freshness.claimedAtMs.size) return;
  draft.set({ freshness: { ...freshness, claimedAtMs } });
}

/** Whether an answer that was asked for then is the youngest word on an issue (C6). */
export function isNews({ freshness }: State, issueId: IssueId, askedAtMs: number, atMs: number): boolean {
  if (atMs - askedAtMs > LONGEST_READ_MS) return false;
  const knownAtMs = Math.max(
    freshness.readAtMs.get(issueId) ?? Number.NEGATIVE_INFINITY,
    freshness.claimedAtMs.get(issueId) ?? Number.NEGATIVE_INFINITY,
  );
  return knownAtMs < askedAtMs;
}
