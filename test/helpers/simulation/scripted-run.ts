import type { Effect } from '../../../src/core/effects.js';
import type { EventBody } from '../../../src/core/events.js';
import { NO_REPORT } from '../../../src/core/report.js';
import type { IssueFacts, IssueId } from '../../../src/domain/issue.js';
import { isActive, isRoutable } from '../../../src/domain/routing.js';
import type { RunOutcome, RunPhase, StopCause } from '../../../src/domain/run.js';
import { LOCAL_HOST } from '../../../src/domain/settings.js';
import type { Prepared } from './disk.js';
import type { World } from './world.js';

const MAX_TURNS = 3;
/** The engine gives a run up that has not ended by then. */
const STOP_LIMIT_MS = 35_000;
const HOUR_MS = 3_600_000;

interface RunParts {
  readonly world: World;
  readonly start: Extract<Effect, { type: 'startRun' }>;
  readonly post: (event: EventBody) => void;
  /** Whom the check of a turn asks about too. */
  readonly nextUp: () => readonly IssueId[];
  readonly onEnd: () => void;
}

/** One run attempt of the simulated world: prepares, takes turns, changes its issue, and ends in every known way. */
export class ScriptedRun {
  readonly #parts: RunParts;
  readonly #cancelLoss: () => void;
  #workspace: Prepared | null = null;
  #cancelNext = (): void => {};
  /** Something was done on its host. */
  #began = false;
  #ending = false;
  #turn = 0;

  constructor(parts: RunParts) {
    this.#parts = parts;
    const { world, start } = parts;
    world.disks.enter(start.issue.identifier, start.runId);
    this.#cancelLoss = world.machines.onLoss(start.host, () => this.#loseHost());
    this.#next(world.random.span(5, 4_000), () => this.#prepare());
  }

  /** Hastens the end, as a stop does. */
  stop(cause: StopCause): void {
    if (this.#ending) return;
    const { random, weather } = this.#parts.world;
    const delayMs = weather.strikes('ignoresStop')
      ? random.whole(5_000, STOP_LIMIT_MS)
      : random.span(1, 3_000);
    this.#end(this.#lastWord() ?? { kind: 'stopped', by: cause }, delayMs);
  }

  /** What a run may have come to know just when it was stopped, and says instead. */
  #lastWord(): RunOutcome | null {
    const { random, weather, board, settings, timeline } = this.#parts.world;
    if (this.#turn === 0 || !weather.strikes('outlastsStop')) return null;
    const issue = board.issue(this.#parts.start.issue.id);
    if (issue === undefined || !isActive(issue, settings) || !isRoutable(issue, settings))
      return { kind: 'issueInactive', issue: issue ?? null };
    if (random.chance(0.5))
      return { kind: 'inputRequired', question: { kind: 'userInput', text: 'Which one?', choices: [] } };
    return { kind: 'usageLimited', untilWallMs: timeline.wallMs + HOUR_MS, detail: 'used up' };
  }

  /** The daemon died, and its supervisor with all below it. */
  vanish(): void {
    this.#cancelNext();
    this.#cancelLoss();
  }

  /** No packet comes any more; what runs there ends with its link, and here keepalive notices after a while. */
  #loseHost(): void {
    if (this.#ending) return;
    const { random } = this.#parts.world;
    this.#cancelNext();
    this.#next(random.span(100, 60_000), () => this.#end(this.#unreachable()));
  }

  #unreachable(): RunOutcome {
    const { host } = this.#parts.start;
    return { kind: 'hostUnreachable', host, began: this.#began, detail: 'no route' };
  }

  #next(delayMs: number, step: () => void): void {
    this.#cancelNext = this.#parts.world.timeline.after(delayMs, step);
  }

  #prepare(): void {
    const { weather, random, disks, machines } = this.#parts.world;
    const { issue, host } = this.#parts.start;
    if (machines.condition(host) !== 'up' || (host !== LOCAL_HOST && weather.strikes('connectFails'))) {
      this.#end(this.#unreachable());
      return;
    }
    this.#began = true;
    const disk = disks.on(host);
    if (weather.strikes('workspaceFails')) {
      const step = random.pick(['prepare', 'afterCreate', 'beforeRun'] as const);
      if (step !== 'prepare') disk.prepare(issue, step === 'beforeRun');
      this.#end({ kind: 'workspaceFailed', step, detail: `${step} failed` });
    } else {
      this.#workspace = disk.prepare(issue, true);
      this.#advance('buildingPrompt');
      this.#next(random.whole(0, 500), () => this.#launch());
    }
  }

  #launch(): void {
    const { random } = this.#parts.world;
    this.#advance('launchingAgent');
    this.#next(random.whole(0, 2_000), () => this.#takeTurn());
  }

  #takeTurn(): void {
    const { random, weather } = this.#parts.world;
    this.#turn += 1;
    this.#advance('streamingTurn');
    // A hanging agent says nothing any more; only a stop ends it.
    if (weather.strikes('agentHangs')) this.#next(50 * HOUR_MS, () => this.#endTurn());
    else this.#work(random.whole(0, 3));
  }

  #work(reportsLeft: number): void {
    const { random } = this.#parts.world;
    this.#next(random.span(2_000, 150_000), () => {
      this.#report();
      if (this.#losesLink()) return;
      if (reportsLeft > 0) this.#work(reportsLeft - 1);
      else this.#endTurn();
    });
  }

  /** One link, or all to that host. */
  #losesLink(): boolean {
    const { random, weather, machines } = this.#parts.world;
    const { host } = this.#parts.start;
    if (host === LOCAL_HOST || !weather.strikes('linkIsLost')) return false;
    if (random.chance(0.3)) machines.breakLinks(host);
    else this.#loseHost();
    return true;
  }

  #endTurn(): void {
    const outcome = this.#failure();
    if (outcome !== null) {
      this.#end(outcome);
      return;
    }
    this.#changeIssue();
    const { world } = this.#parts;
    const { random, weather, board, timeline } = world;
    const { id } = this.#parts.start.issue;
    const readMs = random.span(1, 1_000);
    const askedAtMs = timeline.nowMs;
    const ids = this.#parts.nextUp();
    let issue: IssueFacts | undefined;
    let issues: readonly IssueFacts[] = [];
    timeline.after(random.whole(0, readMs), () => {
      issue = board.issue(id);
      issues = board.issuesByIds(ids);
    });
    this.#next(readMs, () => {
      const { settings } = world;
      if (ids.length > 0) this.#tellSeen({ type: 'issuesSeen', askedAtMs, ids, issues });
      if (weather.strikes('finalReadFails'))
        this.#end({ kind: 'agentFailed', reason: 'issue_refresh_failed', detail: 'the tracker failed' });
      else if (issue === undefined || !isActive(issue, settings) || !isRoutable(issue, settings))
        this.#end({ kind: 'issueInactive', issue: issue ?? null });
      else if (this.#turn >= MAX_TURNS) this.#end({ kind: 'turnsExhausted', issue });
      else this.#takeTurn();
    });
  }

  #tellSeen(seen: EventBody): void {
    const { world, post } = this.#parts;
    post(seen);
    if (world.weather.strikes('seenLate'))
      world.timeline.after(world.random.span(1, 600_000), () => post(seen));
  }

  /** The agent moves its issue on, or away from us. */
  #changeIssue(): void {
    const { random, board } = this.#parts.world;
    const { id } = this.#parts.start.issue;
    const issue = board.issue(id);
    if (issue === undefined) return;
    const dice = random.next();
    if (dice < 0.45) board.change(id, { state: 'Done' });
    else if (dice < 0.5) board.change(id, { state: 'Human Review' });
    else if (issue.state === 'Todo') board.change(id, { state: 'In Progress' });
  }

  #failure(): RunOutcome | null {
    const { random, weather, board } = this.#parts.world;
    if (weather.strikes('agentFails')) {
      const reason = random.pick([
        'turn_failed',
        'port_exit',
        'response_timeout',
        'template_render_error',
      ] as const);
      return { kind: 'agentFailed', reason, detail: 'it broke' };
    }
    if (weather.strikes('turnTimesOut')) return { kind: 'timedOut', detail: 'the turn took too long' };
    if (weather.strikes('agentAsks')) {
      // Some agents move the issue to a person first and ask then.
      if (random.chance(0.3)) board.change(this.#parts.start.issue.id, { state: 'In Progress' });
      return { kind: 'inputRequired', question: { kind: 'userInput', text: 'Which one?', choices: [] } };
    }
    return this.#usageLimit();
  }

  #usageLimit(): RunOutcome | null {
    const { random, weather, timeline } = this.#parts.world;
    const limited = (untilWallMs: number | null): RunOutcome => ({
      kind: 'usageLimited',
      untilWallMs,
      detail: 'used up',
    });
    if (weather.strikes('limitUnknown')) return limited(null);
    if (weather.strikes('limitPast')) return limited(timeline.wallMs - random.span(1, HOUR_MS));
    if (weather.strikes('limitAMomentAway')) return limited(timeline.wallMs + random.whole(0, 3));
    if (weather.strikes('limitKnown')) return limited(timeline.wallMs + random.span(1_000, 2 * HOUR_MS));
    return null;
  }

  #end(outcome: RunOutcome, delayMs = this.#parts.world.random.span(1, 2_000)): void {
    const { world, start, post, onEnd } = this.#parts;
    this.#ending = true;
    this.#cancelNext();
    this.#cancelLoss();
    if (this.#workspace !== null) this.#advance('finishing');
    this.#next(delayMs, () => {
      world.disks.leave(start.issue.identifier, start.runId);
      onEnd();
      const exited: EventBody = { type: 'runExited', issueId: start.issue.id, runId: start.runId, outcome };
      post(exited);
      if (world.weather.strikes('outlivesItsEnd')) this.#haunt(exited);
    });
  }

  /** What must not happen, and must not matter: a run that is heard of after its end. */
  #haunt(exited: EventBody): void {
    const { world, post } = this.#parts;
    world.timeline.after(world.random.span(1, 600_000), () => {
      this.#advance('streamingTurn');
      this.#report();
      post(exited);
    });
  }

  #advance(phase: RunPhase): void {
    const { post, start } = this.#parts;
    const workspace = phase === 'buildingPrompt' ? this.#workspace : null;
    post({ type: 'runAdvanced', issueId: start.issue.id, runId: start.runId, phase, workspace });
  }

  #report(): void {
    const { post, start, world } = this.#parts;
    const usage = { inputTokens: 10, outputTokens: 1, totalTokens: 11 };
    const { host, runId, thread } = start;
    const threadId = thread === null || thread.threadId === '' ? threadOf(host, runId) : thread.threadId;
    const report = { ...NO_REPORT, threadId, turnId: `turn-${this.#turn}`, turnCount: this.#turn, usage };
    const delta = { report, usage, rateLimits: null, lastEventAtMs: world.timeline.nowMs };
    post({ type: 'runReported', issueId: start.issue.id, runId: start.runId, delta });
  }
}

/** Threads are files of a host. */
function threadOf(host: string, runId: number): string {
  return `${host}/${runId}`;
}

/** Whether a thread was begun on a host. */
export function isThreadOf(threadId: string, host: string): boolean {
  return threadId.startsWith(`${host}/`);
}
