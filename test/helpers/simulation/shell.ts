import { nextUp } from '../../../src/core/dispatch.js';
import type { Effect } from '../../../src/core/effects.js';
import type { EventBody, Failure } from '../../../src/core/events.js';
import type { State } from '../../../src/core/state.js';
import type { ErrorCode } from '../../../src/domain/error.js';
import type { IssueFacts } from '../../../src/domain/issue.js';
import type { RequestBudget } from '../../../src/domain/request-budget.js';
import type { RunId } from '../../../src/domain/run.js';
import { LOCAL_HOST } from '../../../src/domain/settings.js';
import type { RemovalResult } from './disk.js';
import { ScriptedRun } from './scripted-run.js';
import type { World } from './world.js';

type EffectOf<T extends Effect['type']> = Extract<Effect, { type: T }>;

/** The engine answers for a tracker that does not, after this long (C4). */
const READ_LIMIT_MS = 30_000;
/** The slowest answer of a tracker that is well. */
export const SLOWEST_READ_MS = 1_500;

/** Performs effects on the simulated world for one daemon, with delays and faults, and posts the answers. */
export class Shell {
  readonly #world: World;
  readonly #post: (event: EventBody) => void;
  readonly #state: () => State;
  readonly #runs = new Map<RunId, ScriptedRun>();
  #dead = false;

  constructor(world: World, post: (event: EventBody) => void, state: () => State) {
    this.#world = world;
    this.#state = state;
    this.#post = (event) => {
      if (!this.#dead) post(event);
    };
  }

  /** The daemon's process is gone, with its answers, its timers and its runs. */
  die(): void {
    this.#dead = true;
    for (const run of this.#runs.values()) run.vanish();
    this.#world.disks.daemonDied(!this.#world.weather.strikes('removalBreaksMark'));
  }

  perform(effect: Effect): void {
    if (this.#dead) return;
    switch (effect.type) {
      case 'poll':
        this.#poll(effect);
        break;
      case 'refreshIssues':
        this.#refreshIssues(effect);
        break;
      case 'surveyWorkspaces':
        this.#survey(effect);
        break;
      case 'listTerminalIssues':
        this.#listTerminalIssues(effect);
        break;
      case 'startRun':
        this.#startRun(effect);
        break;
      case 'stopRun':
        this.#runs.get(effect.runId)?.stop(effect.cause);
        break;
      case 'tryHost':
        this.#tryHost(effect);
        break;
      case 'removeWorkspace':
        this.#removeWorkspace(effect);
        break;
    }
  }

  /** The decision behind an effect could not be committed: nothing begins, what is to end still ends. */
  decline(effect: Effect): void {
    const failure: Failure = { code: 'store_failed', message: 'the journal is full', retryAfterMs: null };
    if (effect.type === 'stopRun') this.perform(effect);
    else if (effect.type === 'startRun') {
      const { issue, runId } = effect;
      const outcome = { kind: 'agentFailed', reason: 'internal_error', detail: failure.message } as const;
      this.#post({ type: 'runExited', issueId: issue.id, runId, outcome });
    } else if (effect.type === 'removeWorkspace')
      this.#post({ ...effect, type: 'workspaceRemoved', failure });
    else if (effect.type === 'poll') this.#post({ type: 'pollFailed', request: effect.request, failure });
    else if (effect.type === 'refreshIssues')
      this.#post({ type: 'issuesRefreshFailed', request: effect.request, failure });
    else if (effect.type === 'surveyWorkspaces')
      this.#post({ type: 'surveyFailed', host: effect.host, failure });
    else if (effect.type === 'tryHost')
      this.#post({ type: 'hostFailed', request: effect.request, host: effect.host, failure });
    else this.#post({ type: 'sweepFailed', failure });
  }

  #poll({ request, states, ids }: EffectOf<'poll'>): void {
    const { random, timeline, board, settings } = this.#world;
    const afterMs = this.#readMs();
    let candidates: IssueFacts[] | null = null;
    let refreshed: IssueFacts[] = [];
    const list = (): void => {
      candidates = states === null ? null : this.#paged(board.issuesByStates(states));
    };
    const refresh = (): void => {
      refreshed = random.shuffled(board.issuesByIds(ids));
    };
    // One request shows one moment; two requests show two, in whichever order they were served.
    const listAfterMs = random.whole(0, afterMs);
    timeline.after(listAfterMs, list);
    timeline.after(settings.combinedPoll ? listAfterMs : random.whole(0, afterMs), refresh);
    this.#answerRead(
      afterMs,
      () => ({ type: 'pollAnswered', request, candidates, refreshed, budget: this.#budget() }),
      (failure) => ({ type: 'pollFailed', request, failure }),
    );
  }

  #budget(): RequestBudget | null {
    const { random, weather, allowance } = this.#world;
    if (allowance === null || !weather.strikes('allowanceLow')) return allowance;
    return { ...allowance, remaining: Math.floor(allowance.limit * random.next() * 0.5) };
  }

  #refreshIssues({ request, ids }: EffectOf<'refreshIssues'>): void {
    const { random, timeline, board } = this.#world;
    const afterMs = this.#readMs();
    let issues: IssueFacts[] = [];
    timeline.after(random.whole(0, afterMs), () => {
      issues = random.shuffled(board.issuesByIds(ids));
    });
    this.#answerRead(
      afterMs,
      () => ({ type: 'issuesRefreshed', request, issues }),
      (failure) => ({ type: 'issuesRefreshFailed', request, failure }),
    );
  }

  #readMs(): number {
    const { random, weather } = this.#world;
    return weather.strikes('readIsSlow') ? random.span(1_000, 25_000) : random.span(1, SLOWEST_READ_MS);
  }

  #answerRead(afterMs: number, answered: () => EventBody, failed: (failure: Failure) => EventBody): void {
    const { random, weather } = this.#world;
    if (weather.strikes('readFails')) {
      this.#answer(afterMs, () => failed(failureOf('tracker_status')));
    } else if (weather.strikes('readThrottled')) {
      const retryAfterMs = random.span(1_000, 600_000);
      this.#answer(afterMs, () => failed(failureOf('tracker_rate_limited', retryAfterMs)));
    } else if (weather.strikes('readTimesOut')) {
      this.#answer(READ_LIMIT_MS, () => failed(failureOf('tracker_timeout')));
      if (weather.strikes('answersAfterTimeout'))
        this.#answer(READ_LIMIT_MS + random.span(1, 600_000), answered);
    } else this.#answer(afterMs, answered);
  }

  /** Posts an answer later, and some of them once more: the core must not take the second for news (C6). */
  #answer(afterMs: number, event: () => EventBody): void {
    const { random, timeline, weather } = this.#world;
    timeline.after(afterMs, () => this.#post(event()));
    if (weather.strikes('answersTwice'))
      timeline.after(afterMs + random.span(1, 600_000), () => this.#post(event()));
  }

  /** While pages are read, the list under them moves: issues are seen twice, or not at all. */
  #paged(issues: IssueFacts[]): IssueFacts[] {
    const { random, weather } = this.#world;
    const read = random.shuffled(issues);
    if (read.length === 0 || !weather.strikes('pagesShift')) return read;
    if (random.chance(0.5)) return read.slice(1);
    return [...read, { ...random.pick(read) }];
  }

  #tryHost({ request, host }: EffectOf<'tryHost'>): void {
    const { random, machines } = this.#world;
    const failure = failureOf('host_unreachable');
    this.#answer(random.span(1, 10_000), () =>
      machines.condition(host) === 'down'
        ? { type: 'hostFailed', request, host, failure }
        : { type: 'hostAnswered', request, host },
    );
  }

  #survey({ host }: EffectOf<'surveyWorkspaces'>): void {
    const { random, weather, disks, machines } = this.#world;
    const failed = (code: ErrorCode): EventBody => ({ type: 'surveyFailed', host, failure: failureOf(code) });
    const fails = weather.strikes('surveyFails');
    this.#answer(random.span(1, 5_000), () => {
      if (machines.condition(host) === 'down') return failed('host_unreachable');
      if (fails) return failed('workspace_unavailable');
      return { type: 'workspacesSurveyed', host, workspaces: disks.on(host).survey() };
    });
  }

  #listTerminalIssues({ states }: EffectOf<'listTerminalIssues'>): void {
    const { random, weather, board, timeline } = this.#world;
    const afterMs = this.#readMs();
    if (weather.strikes('listFails')) {
      this.#answer(afterMs, () => ({ type: 'sweepFailed', failure: failureOf('tracker_status') }));
      return;
    }
    let issues: { id: string; identifier: string }[] = [];
    timeline.after(random.whole(0, afterMs), () => {
      issues = board.issuesByStates(states).map(({ id, identifier }) => ({ id, identifier }));
    });
    this.#answer(afterMs, () => ({ type: 'terminalIssuesListed', issues }));
  }

  #startRun(start: EffectOf<'startRun'>): void {
    const onEnd = (): void => {
      this.#runs.delete(start.runId);
    };
    this.#runs.set(
      start.runId,
      new ScriptedRun({
        world: this.#world,
        start,
        post: this.#post,
        nextUp: () => nextUp(this.#state(), 1),
        onEnd,
      }),
    );
  }

  #removeWorkspace({ request, issueId, identifier, host, path }: EffectOf<'removeWorkspace'>): void {
    const { random, timeline, weather, disks } = this.#world;
    const end = disks.beginRemoval(identifier, host);
    const result = this.#removalResult();
    const isCut = host !== LOCAL_HOST && weather.strikes('removalLosesHost');
    const afterMs = weather.strikes('removalIsSlow') ? random.span(5_000, 120_000) : random.span(1, 2_000);
    timeline.after(afterMs, () => {
      if (this.#dead) return;
      const failure = isCut ? failureOf('host_unreachable') : this.#removalFailure(host, result);
      // What was done before the host was lost is done; nobody can tell.
      const isLost = failure?.code === 'host_unreachable';
      end(isLost ? random.pick(['removed', 'untouched', 'markLost'] as const) : result);
      this.#answer(0, () => ({ type: 'workspaceRemoved', request, issueId, host, path, failure }));
    });
  }

  #removalResult(): RemovalResult {
    const { weather } = this.#world;
    if (!weather.strikes('removalFails')) return 'removed';
    return weather.strikes('removalBreaksMark') ? 'markLost' : 'untouched';
  }

  #removalFailure(host: string, result: RemovalResult): Failure | null {
    if (this.#world.machines.condition(host) === 'down') return failureOf('host_unreachable');
    return result === 'removed' ? null : failureOf('workspace_unavailable');
  }
}

function failureOf(code: ErrorCode, retryAfterMs: number | null = null): Failure {
  return { code, message: `${code} in the simulated world`, retryAfterMs };
}
