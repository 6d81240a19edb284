import { type Claim, claimDeadlineMs, holdsSlot, slotState } from '../../../src/core/claim.js';
import type { Deadlines } from '../../../src/core/deadlines.js';
import { compareForDispatch } from '../../../src/core/dispatch.js';
import type { Event } from '../../../src/core/events.js';
import { isDrained, isIdle } from '../../../src/core/idle.js';
import { snapshot } from '../../../src/core/snapshot.js';
import type { State } from '../../../src/core/state.js';
import { nextWakeAtMs } from '../../../src/core/wake.js';
import type { Ledger } from './ledger.js';
import { broken } from './violation.js';

/** Counts again whatever the state keeps counted, and compares the claims with what the world and the journal know. */
export function recount(state: State, before: State, event: Event, ledger: Ledger): void {
  if (state.claims !== before.claims || state.slots !== before.slots || state.mode !== before.mode) {
    countSlots(state);
    compareWithFacts(state, ledger);
  }
  compareWithWorld(state, ledger);
  if (state.totals !== before.totals) compareTotals(state, ledger);
  if (state.claims !== before.claims || state.deadlines !== before.deadlines) checkDeadlines(state);
  if (state.claims !== before.claims || state.dueRetries !== before.dueRetries) checkDueRetries(state);
  if (state.queue.waiting !== before.queue.waiting) checkWaiting(state);
  checkRequests(state, ledger);
  checkWake(state, event);
  checkWallTimes(state, event);
  if (isIdle(state) && (state.slots.held > 0 || ledger.hosts.removals.size > 0))
    broken('idle', 'it is idle with live runs or removals');
  if (isDrained(state) && (ledger.live.size > 0 || ledger.hosts.removals.size > 0))
    broken('drained', 'it is drained with live runs or removals');
}

function countSlots({ claims, slots, mode }: State): void {
  let held = 0;
  const byState = new Map<string, number>();
  for (const [issueId, claim] of claims) {
    if (claim.issue.id !== issueId) broken('C1', `the claim of ${issueId} is about ${claim.issue.id}`);
    if (!holdsSlot(claim)) continue;
    if (mode !== 'running' && claim.kind === 'running') broken('shutdown', `${issueId} goes on after it`);
    held += 1;
    byState.set(slotState(claim), (byState.get(slotState(claim)) ?? 0) + 1);
  }
  if (held !== slots.held) broken('C2', `${held} runs hold slots, ${slots.held} are counted`);
  for (const [name, count] of byState) {
    if (slots.byState.get(name) !== count)
      broken('C2', `${count} runs in state ${name} are counted otherwise`);
  }
  if (slots.byState.size !== byState.size) broken('C2', 'slots are counted in states without runs');
}

function compareWithWorld({ claims, slots, removing }: State, { live, hosts: { removals } }: Ledger): void {
  if (slots.held !== live.size) broken('C2', `${live.size} runs live, ${slots.held} claims are live`);
  for (const [runId, issueId] of live) {
    const claim = claims.get(issueId);
    if (claim === undefined || !holdsSlot(claim) || claim.runId !== runId)
      broken('C2', `run ${runId} of ${issueId} lives without a claim`);
  }
  const known = [...removing.values()].reduce((sum, requests) => sum + requests.size, 0);
  if (known !== removals.size) broken('C5', `${removals.size} removals run, ${known} are known`);
  for (const [request, { issueId }] of removals) {
    if (removing.get(issueId)?.has(request) !== true) broken('C5', `a removal of ${issueId} is not known`);
    if (claims.has(issueId)) broken('C5', `${issueId} is claimed while its workspace is being removed`);
  }
}

function compareTotals({ totals }: State, { totalTokens, endedRunMs }: Ledger): void {
  if (totals.usage.totalTokens !== totalTokens) broken('totals', `${totalTokens} tokens were told`);
  if (totals.endedRunMs !== endedRunMs) broken('totals', `the runs lived ${endedRunMs} ms`);
}

const NOT_IN_JOURNAL = new Set(['report', 'lastEventAtMs']);

/** Folding the journal gives the claims, less what a live run only shows. */
function compareWithFacts(
  { claims, hold, accountLimit }: State,
  { folded, foldedHold, foldedLimit }: Ledger,
): void {
  if (hold !== foldedHold) broken('journal', 'what holds dispatch differs from the journal');
  if (accountLimit !== foldedLimit) broken('journal', 'the limit of the account differs from the journal');
  if (claims.size !== folded.size) broken('journal', `${claims.size} claims, ${folded.size} in the journal`);
  for (const [issueId, claim] of claims) {
    const told = folded.get(issueId);
    if (told === claim) continue;
    for (const name of Object.keys(claim) as (keyof Claim)[]) {
      if (!NOT_IN_JOURNAL.has(name) && told?.[name] !== claim[name])
        broken('journal', `${name} of ${issueId} differs from the journal`);
    }
  }
}

function checkDeadlines(state: State): void {
  const { claims, deadlines, settings, mode } = state;
  const wakeMs = nextWakeAtMs(state);
  let wanted = 0;
  for (const [issueId, claim] of claims) {
    const wants = claimDeadlineMs(claim, settings);
    const has = deadlines.atMs.get(issueId);
    if (wants !== null) wanted += 1;
    if ((wants === null) !== (has === undefined))
      broken('C7', `the deadline of ${issueId} is lost or left over`);
    if (has !== undefined && mode === 'running' && wakeMs > has)
      broken('C7', `the wake-up comes after ${issueId} is due`);
    // A run's deadline is moved only when it comes, so it may be early; nothing may be late.
    if (wants !== null && has !== undefined && (claim.kind === 'running' ? has > wants : has !== wants))
      broken('C7', `the deadline of ${issueId} is ${has} and should be ${wants}`);
  }
  if (wanted !== deadlines.atMs.size) broken('C7', 'there are deadlines without a claim');
  checkTree(deadlines);
}

function checkTree({ root, atMs }: Deadlines): void {
  let count = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  const visit = (node: Deadlines['root']): void => {
    if (node === null) return;
    visit(node.left);
    count += 1;
    if (node.atMs < lastMs || atMs.get(node.issueId) !== node.atMs)
      broken('C7', 'deadlines are out of order');
    lastMs = node.atMs;
    visit(node.right);
  };
  visit(root);
  if (count !== atMs.size) broken('C7', `${count} deadlines in order, ${atMs.size} by issue`);
}

function checkDueRetries({ claims, dueRetries }: State): void {
  let due = 0;
  for (const [issueId, claim] of claims) {
    if (claim.kind !== 'retryQueued' || claim.stage !== 'due') continue;
    due += 1;
    if (!dueRetries.has(issueId)) broken('C7', `the due retry of ${issueId} is forgotten`);
  }
  if (due !== dueRetries.size) broken('C7', `${due} retries are due, ${dueRetries.size} are counted`);
}

function checkWaiting({ queue, claims }: State): void {
  const seen = new Set<string>();
  queue.waiting.forEach((issue, index) => {
    const next = queue.waiting[index + 1];
    if (next !== undefined && compareForDispatch(issue, next) > 0)
      broken('order', 'the queue is out of order');
    if (seen.has(issue.id)) broken('C1', `${issue.id} waits twice`);
    if (claims.has(issue.id)) broken('C1', `${issue.id} waits and is claimed`);
    seen.add(issue.id);
  });
}

function checkRequests({ poll, fill }: State, ledger: Ledger): void {
  if ((poll.flight?.request ?? null) !== (ledger.poll?.request ?? null))
    broken('C4', 'the poll under way is another');
  if ((fill?.request ?? null) !== (ledger.fill?.request ?? null))
    broken('C4', 'the re-read under way is another');
}

function checkWake(state: State, { type, atMs }: Event): void {
  if (type === 'woke' && nextWakeAtMs(state) <= atMs)
    broken('C7', 'it would wake for ever without time passing');
  const isBeforeStart = type === 'recovered' || type === 'clockJumped';
  if (state.mode !== 'running' || state.poll.flight !== null || isBeforeStart) return;
  const { budget } = state.poll;
  const isScarce = budget !== null && budget.remaining < budget.limit / 2;
  const soonMs = atMs + Math.max(state.settings.pollIntervalMs, isScarce ? 600_000 : 1_000);
  if (state.poll.dueAtMs > soonMs) broken('cadence', `the next poll is due only at ${state.poll.dueAtMs}`);
}

/** What waits for a wall time is reckoned with the wall clock as it is now. */
function checkWallTimes({ claims, accountLimit }: State, { atMs, wallMs }: Event): void {
  const check = (until: { readonly atMs: number; readonly wallMs: number } | null | undefined): void => {
    if (until && until.atMs > atMs && until.atMs - atMs !== until.wallMs - wallMs)
      broken('C8', `a limit until ${until.wallMs} is expected at ${until.atMs}`);
  };
  check(accountLimit?.until);
  for (const claim of claims.values()) if (claim.kind === 'parked') check(claim.until);
}

/** What observers see agrees with the claims; dearer, so not looked at after every event. */
export function checkSnapshot(state: State, now: { readonly atMs: number; readonly wallMs: number }): void {
  const { running, retrying, blocked, parked, polling, totals } = snapshot(state, now);
  const rows = [...running, ...retrying, ...blocked, ...parked];
  if (rows.length !== state.claims.size)
    broken('snapshot', `${rows.length} rows for ${state.claims.size} claims`);
  if (running.length !== state.slots.held) broken('snapshot', 'running rows are not the live runs');
  const times = [totals.secondsRunning, polling.nextPollAtMs ?? 0, ...retrying.map(({ dueAtMs }) => dueAtMs)];
  if (!times.every(Number.isFinite)) broken('snapshot', 'it shows a time that is none');
}
