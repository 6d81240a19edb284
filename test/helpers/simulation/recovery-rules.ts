import type { Claim, RetryQueuedClaim, RunningClaim, StoppingClaim } from '../../../src/core/claim.js';
import type { EventOf } from '../../../src/core/events.js';
import { failureDelayMs } from '../../../src/core/retry.js';
import type { Step } from './effect-rules.js';
import { isAside, lastClaims } from './past.js';
import { broken } from './violation.js';

type Recovered = EventOf<'recovered'>;
type Live = RunningClaim | StoppingClaim;

/** Whether a daemon takes up what the one before it left: nothing is lost, and nothing begins before it has started. */
export function checkRecovered({ event, decision: { state, effects } }: Step): void {
  if (event.type !== 'recovered') return;
  if (effects.length > 0) broken('recovered', 'something begins before the daemon has started');
  const claims = lastClaims(event.facts);
  for (const [issueId, claim] of claims)
    checkClaim(claim, state.claims.get(issueId), event, state.settings.maxRetryBackoffMs);
  for (const issueId of state.claims.keys())
    if (!claims.has(issueId)) broken('recovered', `${issueId} is claimed, and the journal does not say so`);
  const paused = event.facts.findLast((fact) => fact.type === 'held');
  const wasPaused = paused?.type === 'held' && paused.hold?.kind === 'paused';
  if ((state.hold?.kind === 'paused') !== wasPaused) broken('recovered', 'a pause is forgotten, or made up');
}

function checkClaim(
  before: Claim,
  after: Claim | undefined,
  event: Recovered,
  maxRetryBackoffMs: number,
): void {
  const name = before.issue.id;
  const is = (kind: Claim['kind'] | undefined): void => {
    if (after?.kind !== kind) broken('recovered', `${name} was ${before.kind}, and is ${after?.kind}`);
  };
  switch (before.kind) {
    case 'blocked':
      is('blocked');
      if (after?.kind === 'blocked' && after.question.text !== before.question.text)
        broken('recovered', `${name} asks something else`);
      break;
    case 'parked':
      is('parked');
      if (after?.kind === 'parked' && after.attempt !== before.attempt)
        broken('recovered', `${name} counts its attempts anew`);
      break;
    case 'retryQueued':
      is('retryQueued');
      if (after?.kind !== 'retryQueued') break;
      if (after.attempt !== before.attempt) broken('recovered', `${name} counts its attempts anew`);
      if (JSON.stringify(after.thread) !== JSON.stringify(before.thread))
        broken('recovered', `${name} forgets its thread, or what it was answered`);
      checkDue(after.dueAtMs, before.dueAtMs, event, { name, mostMs: maxRetryBackoffMs });
      break;
    case 'running':
    case 'stopping':
      checkLost(before, after, event, maxRetryBackoffMs);
      break;
  }
}

function checkLost(before: Live, after: Claim | undefined, event: Recovered, mostMs: number): void {
  const name = before.issue.id;
  const onExit = before.kind === 'stopping' ? before.onExit : 'retry';
  if (onExit === 'release' || onExit === 'releaseAndRemove') {
    if (after !== undefined) broken('recovered', `${name} was being let go, and is ${after.kind}`);
  } else if (onExit === 'park') {
    if (after === undefined || !isAside(after))
      broken('recovered', `${name} was being stopped by a person, and is ${after?.kind}`);
  } else if (after?.kind !== 'retryQueued')
    broken('recovered', `${name} was being worked on, and is ${after?.kind}`);
  else checkGoesOn(before, after, event, mostMs);
}

function checkGoesOn(before: Live, after: RetryQueuedClaim, event: Recovered, mostMs: number): void {
  const name = before.issue.id;
  const attempt = wasStopped(event) ? (before.attempt ?? 1) : (before.attempt ?? 0) + 1;
  if (after.attempt !== attempt) broken('recovered', `${name} goes on as attempt ${after.attempt}`);
  const { threadId, turnId } = before.report;
  if (turnId !== null && after.thread?.threadId !== threadId) broken('recovered', `${name} begins anew`);
  const wouldBeMs = before.startedAtMs + failureDelayMs(attempt, mostMs);
  checkDue(after.dueAtMs, wouldBeMs, event, { name, mostMs });
}

/**
 * After a crash a wait is as long as it would have been, unless by the settings as they are now none may be that long;
 * whoever stopped the daemon does not wait.
 */
function checkDue(
  dueAtMs: number,
  wouldBeMs: number,
  event: Recovered,
  { name, mostMs }: { readonly name: string; readonly mostMs: number },
): void {
  const { atMs } = event;
  const expectedMs = wasStopped(event) ? atMs : Math.min(Math.max(wouldBeMs, atMs), atMs + mostMs);
  if (dueAtMs !== expectedMs) broken('recovered', `${name} is due at ${dueAtMs}, and not at ${expectedMs}`);
}

function wasStopped({ facts }: Recovered): boolean {
  return (
    facts.findLastIndex(({ type }) => type === 'ended') > facts.findLastIndex(({ type }) => type === 'began')
  );
}
