import type { Claim, RunningClaim, StoppingClaim } from '../../src/core/claim.js';
import { decide } from '../../src/core/decide.js';
import type { Decision } from '../../src/core/draft.js';
import type { Effect } from '../../src/core/effects.js';
import type { Event, EventBody } from '../../src/core/events.js';
import type { Fact } from '../../src/core/facts.js';
import { NO_REPORT } from '../../src/core/report.js';
import type { CoreSettings } from '../../src/core/settings.js';
import { initialState, type State } from '../../src/core/state.js';
import { nextWakeAtMs } from '../../src/core/wake.js';
import type { IssueFacts } from '../../src/domain/issue.js';
import type { RunId, RunOutcome } from '../../src/domain/run.js';
import { NO_USAGE } from '../../src/domain/usage.js';
import { someSettings, stamped } from './build.js';

/** The core with a clock and nothing else: a test tells what happens and reads what is decided. */
export class CoreDriver {
  state: State;
  atMs = 1_000_000;
  wallMs = 1_800_000_000_000;
  /** Facts of the last event. */
  facts: readonly Fact[] = [];
  /** Told of each step, as the engine tells its observers. */
  observe: (event: Event, decision: Decision, before: State) => void = () => {};

  constructor(settings: Partial<CoreSettings> = {}) {
    this.state = initialState(someSettings(settings), { atMs: this.atMs, wallMs: this.wallMs });
  }

  /** Lets something happen now. */
  send(event: EventBody): readonly Effect[] {
    const before = this.state;
    const happened = stamped(event, this);
    const decision = decide(before, happened);
    this.state = decision.state;
    this.facts = decision.facts;
    this.observe(happened, decision, before);
    return decision.effects;
  }

  /** Lets time pass, waking the core as the engine does. */
  pass(forMs: number): readonly Effect[] {
    const untilMs = this.atMs + forMs;
    const effects: Effect[] = [];
    for (let wakeMs = nextWakeAtMs(this.state); wakeMs <= untilMs; wakeMs = nextWakeAtMs(this.state)) {
      this.#moveTo(Math.max(wakeMs, this.atMs));
      effects.push(...this.send({ type: 'woke' }));
    }
    this.#moveTo(untilMs);
    return effects;
  }

  /** Moves the wall clock alone, and tells. */
  jumpWall(byMs: number): readonly Effect[] {
    this.wallMs += byMs;
    return this.send({ type: 'clockJumped', byMs });
  }

  /** Answers the poll under way, without candidates where none were asked for. */
  answerPoll(
    candidates: readonly IssueFacts[],
    refreshed: readonly IssueFacts[] = [...this.state.claims.values()].map(({ issue }) => issue),
  ): readonly Effect[] {
    const asked = this.state.poll.flight?.askedCandidates === true;
    const request = this.pollRequest;
    return this.send({
      type: 'pollAnswered',
      request,
      candidates: asked ? candidates : null,
      refreshed,
      budget: null,
    });
  }

  failPoll(retryAfterMs: number | null = null): readonly Effect[] {
    return this.send({ type: 'pollFailed', request: this.pollRequest, failure: aFailure(retryAfterMs) });
  }

  /** Answers the re-read under way. */
  answerReRead(...issues: readonly IssueFacts[]): readonly Effect[] {
    return this.send({ type: 'issuesRefreshed', request: this.reReadRequest, issues });
  }

  failReRead(retryAfterMs: number | null = null): readonly Effect[] {
    return this.send({
      type: 'issuesRefreshFailed',
      request: this.reReadRequest,
      failure: aFailure(retryAfterMs),
    });
  }

  /** Starts the daemon and lets it see this board. */
  begin(...candidates: readonly IssueFacts[]): readonly Effect[] {
    this.send({ type: 'started' });
    for (const host of this.state.settings.hosts)
      this.send({ type: 'workspacesSurveyed', host, workspaces: [] });
    return this.answerPoll(candidates);
  }

  exit(issueId: string, outcome: RunOutcome): readonly Effect[] {
    return this.send({ type: 'runExited', issueId, runId: this.runId(issueId), outcome });
  }

  /** The run's host does not answer; whether something was done there before. */
  loseHost(issueId: string, began: boolean): readonly Effect[] {
    return this.exit(issueId, {
      kind: 'hostUnreachable',
      host: this.hostOf(issueId),
      began,
      detail: 'no route',
    });
  }

  /** A host that is being tried answers. */
  hostAnswers(host: string): readonly Effect[] {
    return this.send({ type: 'hostAnswered', request: this.#probe(host), host });
  }

  /** A host that is being tried does not answer. */
  hostFails(host: string): readonly Effect[] {
    const failure = { code: 'host_unreachable', message: 'still no route', retryAfterMs: null } as const;
    return this.send({ type: 'hostFailed', request: this.#probe(host), host, failure });
  }

  /** The run's workspace stands. */
  prepare(issueId: string): readonly Effect[] {
    const workspace = { path: `/workspaces/${issueId}`, host: this.hostOf(issueId) };
    const runId = this.runId(issueId);
    return this.send({ type: 'runAdvanced', issueId, runId, phase: 'buildingPrompt', workspace });
  }

  /** The run's agent has begun a turn on this thread. */
  beginTurn(issueId: string, threadId: string): readonly Effect[] {
    const report = { ...NO_REPORT, threadId, turnId: 'turn-1', turnCount: 1 };
    const delta = { report, usage: NO_USAGE, rateLimits: null, lastEventAtMs: this.atMs };
    return this.send({ type: 'runReported', issueId, runId: this.runId(issueId), delta });
  }

  claim(issueId: string): Claim {
    const claim = this.state.claims.get(issueId);
    if (claim === undefined) throw new Error(`${issueId} is not claimed`);
    return claim;
  }

  runId(issueId: string): RunId {
    return this.#run(issueId).runId;
  }

  /** Where its run is. */
  hostOf(issueId: string): string {
    return this.#run(issueId).host;
  }

  get pollRequest(): number {
    return this.state.poll.flight?.request ?? -1;
  }

  get reReadRequest(): number {
    return this.state.fill?.request ?? -1;
  }

  #probe(host: string): number {
    const probe = this.state.hosts.get(host)?.down?.probe ?? null;
    if (probe === null) throw new Error(`${host} is not being tried`);
    return probe;
  }

  #run(issueId: string): RunningClaim | StoppingClaim {
    const claim = this.claim(issueId);
    if (claim.kind !== 'running' && claim.kind !== 'stopping') throw new Error(`${issueId} has no run`);
    return claim;
  }

  #moveTo(atMs: number): void {
    this.wallMs += atMs - this.atMs;
    this.atMs = atMs;
  }
}

function aFailure(retryAfterMs: number | null) {
  return { code: 'tracker_status', message: 'the tracker answered 500', retryAfterMs } as const;
}

/** What starts, as `MT-1 on a`, with the number of its attempt unless it is a first run. */
export function started(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'startRun') return [];
    const attempt = effect.attempt === null ? '' : ` as attempt ${effect.attempt}`;
    return [`${effect.issue.identifier} on ${effect.host}${attempt}`];
  });
}
