import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Claim } from '../core/claim.js';
import { nextUp } from '../core/dispatch.js';
import type { Effect } from '../core/effects.js';
import type { Event } from '../core/events.js';
import type { Fact } from '../core/facts.js';
import { isDrained } from '../core/idle.js';
import { judgeDispatchOrder, judgeIssueOrder } from '../core/orders.js';
import { judgeAnswer } from '../core/questions.js';
import { coreSettings } from '../core/settings.js';
import { initialState, type State } from '../core/state.js';
import { type IssueId, issueFacts } from '../domain/issue.js';
import type { DispatchOrder, IssueOrder, OrderOutcome } from '../domain/order.js';
import type { AgentReport, Answer } from '../domain/session.js';
import type { AnswerOutcome, Commands } from '../domain/snapshot.js';
import type { Transcript } from '../ports/agent.js';
import type { Clock } from '../ports/clock.js';
import type { Store } from '../ports/store.js';
import { within } from '../ports/within.js';
import { Holds } from '../workspaces/holds.js';
import type { HookReport } from '../workspaces/hooks.js';
import type { Binding, Bindings } from './binding.js';
import { Engine, type Observe, type Post } from './engine.js';
import { IssueLookUps } from './issue-look-ups.js';
import { IssueReads } from './issue-reads.js';
import { createPerform } from './perform.js';
import { type RunParts, runAttempt } from './run.js';
import { Runs } from './runs.js';
import { Snapshots } from './snapshots.js';
import { StateExplainer } from './state-explainer.js';
import { Telemetry } from './telemetry.js';
import { WorkspaceKeeping } from './workspace-keeping.js';

/** More than this many runs rarely end within one answer. */
const MOST_BYSTANDERS = 50;
/** How long whoever gave an order waits for the journal. */
const TOLD_WITHIN_MS = 1_000;
/** How long the end of a daemon waits for the journal. */
const COMMITTED_WITHIN_MS = 2_000;

type StartRun = Extract<Effect, { type: 'startRun' }>;

/** What an orchestrator is built from; the callbacks are for logs and must not throw. */
export interface OrchestratorParts {
  readonly bindings: Bindings;
  readonly clock: Clock;
  readonly store: Store<Fact>;
  /** Told to other daemons that want a workspace of this one. */
  readonly stateDirectory: string;
  /** Tells all news of the workflow file before it resolves. */
  readonly checkWorkflow: () => Promise<void>;
  readonly observe: Observe;
  readonly onAgentReport: (start: StartRun, report: AgentReport) => void;
  readonly onHook: (report: HookReport) => void;
  readonly openTranscript: (start: StartRun) => Transcript;
  readonly onUnforeseen: (error: unknown, start: StartRun) => void;
  readonly onBug: (error: unknown, event: Event) => void;
}

/** The core with its loop, its runs and its snapshots: everything between the ports and the surfaces. */
export class Orchestrator implements Commands {
  readonly snapshots: Snapshots;
  readonly explainer: StateExplainer;
  readonly #parts: OrchestratorParts;
  readonly #engine: Engine;
  readonly #runs: Runs;
  readonly #telemetry: Telemetry;
  #onDrained: (() => void) | null = null;

  constructor(parts: OrchestratorParts) {
    const { bindings, clock, stateDirectory } = parts;
    this.#parts = parts;
    const post: Post = (event) => this.#engine.post(event);
    // Two daemons on one machine must not take each other's processes or workspaces for their own.
    const daemonId = randomBytes(6).toString('hex');
    const marker = (purpose: string): string => `${daemonId}-${purpose.replace(/[^A-Za-z0-9-]/g, '_')}.`;
    const holds = new Holds({ id: daemonId, pid: process.pid, machine: hostname(), stateDirectory });
    const reads = new IssueReads(clock, () => bindings.current.tracker, {
      // Turns that end while this question is under way free slots, too; to name more issues costs nothing.
      next: (count) => nextUp(this.state, Math.min(count + this.state.slots.held, MOST_BYSTANDERS)),
      seen: (ids, issues, askedAtMs) =>
        post({ type: 'issuesSeen', ids, issues: issues.map(issueFacts), askedAtMs }),
    });
    this.#telemetry = new Telemetry(clock, post);
    this.#runs = this.#createRuns(post, { reads, holds, marker });
    const { perform, decline } = createPerform({
      post,
      reads,
      runs: this.#runs,
      keeping: new WorkspaceKeeping({
        ...{ bindings, clock, reads, holds, marker, onHook: parts.onHook },
        isInUse: (issueId) => this.state.claims.has(issueId) || this.state.removing.has(issueId),
      }),
      checkWorkflow: parts.checkWorkflow,
      reach: (host) => bindings.current.hosts.reach(host),
      isClaimed: (issueId) => this.state.claims.has(issueId),
    });
    this.#engine = new Engine({
      clock,
      store: parts.store,
      perform,
      decline,
      observe: (event, decision, before) => this.#observe(event, decision, before),
      onBug: parts.onBug,
      initial: initialState(coreSettingsOf(bindings.current), {
        atMs: clock.nowMs(),
        wallMs: clock.wallMs(),
      }),
    });
    this.snapshots = new Snapshots(clock, () => this.state);
    const lookUps = new IssueLookUps(clock, () => bindings.current.tracker);
    this.explainer = new StateExplainer(clock, () => this.state, lookUps);
  }

  get state(): State {
    return this.#engine.state;
  }

  get post(): Post {
    return this.#engine.post;
  }

  /** Begins with what the daemons before this one kept in the journal, the oldest first. */
  start(facts: readonly Fact[]): void {
    if (facts.length > 0) this.post({ type: 'recovered', facts });
    this.post({ type: 'started' });
  }

  refresh(): { readonly queued: boolean; readonly coalesced: boolean } {
    const { mode, poll } = this.state;
    const coalesced = poll.flight !== null;
    this.post({ type: 'refreshRequested' });
    return { queued: mode === 'running', coalesced };
  }

  /** The tracker named issues that changed. */
  issuesChanged(issueIds: readonly IssueId[]): void {
    this.post({ type: 'issuesChanged', issueIds });
  }

  answer(identifier: string, answer: Answer, expected?: string): AnswerOutcome {
    const issueId = this.#claimOf(identifier)?.issue.id;
    if (issueId === undefined) return { kind: 'unknown' };
    const given = { answer, ...(expected === undefined ? {} : { expected }) };
    const outcome = judgeAnswer(this.state, issueId, given);
    if (outcome.kind === 'queued') this.post({ type: 'questionAnswered', issueId, ...given });
    return outcome;
  }

  order(identifier: string, order: IssueOrder): OrderOutcome {
    const issueId = this.#claimOf(identifier)?.issue.id ?? this.#unclaimed(identifier);
    if (issueId === undefined) return { kind: 'unknown' };
    const outcome = judgeIssueOrder(this.state, issueId, order);
    if (outcome.kind === 'taken') this.post({ type: 'issueOrdered', issueId, order });
    return outcome;
  }

  orderDispatch(order: DispatchOrder): OrderOutcome {
    const outcome = judgeDispatchOrder(this.state, order);
    if (outcome.kind === 'taken') this.post({ type: 'dispatchOrdered', order });
    return outcome;
  }

  async committed(): Promise<boolean> {
    return (await within(this.#parts.clock, TOLD_WITHIN_MS, this.#engine.committed())) ?? false;
  }

  #claimOf(identifier: string): Claim | undefined {
    return this.state.claims.find(({ issue }) => issue.identifier === identifier);
  }

  #unclaimed(identifier: string): IssueId | undefined {
    const { waiting, excluded } = this.state.queue;
    return [...waiting, ...excluded].find((issue) => issue.identifier === identifier)?.id;
  }

  /** Puts another workflow version in force. */
  rebind(next: Binding): void {
    this.#parts.bindings.replace(next);
    this.post({ type: 'workflowReloaded', settings: coreSettingsOf(next) });
  }

  /** Stops all runs and resolves when they have ended, or after the limit. Nothing is decided afterwards. */
  async shutDown(limitMs: number): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
    this.post({ type: 'shutdownRequested' });
    const { clock } = this.#parts;
    let cancel = (): void => {};
    const limit = new Promise<void>((resolve) => {
      cancel = clock.wakeAt(clock.nowMs() + limitMs, resolve);
    });
    if (!isDrained(this.state)) await Promise.race([drained, limit]);
    cancel();
    this.#telemetry.end();
    this.snapshots.end();
    // A disk that takes nothing is not waited for: what it lacks, the tracker tells the next daemon.
    await within(clock, COMMITTED_WITHIN_MS, this.#engine.end());
  }

  readonly #observe: Observe = (event, decision, before) => {
    this.#parts.observe(event, decision, before);
    if (event.type === 'recovered') this.snapshots.recovered();
    if (this.#onDrained !== null && isDrained(decision.state)) this.#onDrained();
    this.snapshots.changed();
  };

  #createRuns(post: Post, shared: Pick<RunParts, 'reads' | 'holds' | 'marker'>): Runs {
    const { bindings, clock, onAgentReport, onHook, openTranscript, onUnforeseen } = this.#parts;
    return new Runs({
      clock,
      post,
      hookTimeoutMs: () => bindings.current.workflow.settings.hooks.timeoutMs,
      onEnd: (runId) => this.#telemetry.close(runId),
      onUnforeseen,
      attempt: (start, signal) => {
        this.#telemetry.open(start.runId, start.issue.id);
        return runAttempt(
          {
            ...shared,
            ...{ bindings, clock, onHook, openTranscript },
            onPhase: ({ issue, runId }, phase, workspacePath, host) => {
              this.#telemetry.flush(runId);
              const workspace = workspacePath === null ? null : { path: workspacePath, host };
              post({ type: 'runAdvanced', issueId: issue.id, runId, phase, workspace });
            },
            onReport: (run, report) => {
              this.#telemetry.fold(run.runId, report);
              onAgentReport(run, report);
            },
          },
          start,
          signal,
        );
      },
    });
  }
}

function coreSettingsOf({ workflow, tracker }: Binding) {
  return coreSettings(workflow.settings, {
    combinedPoll: tracker.poll !== undefined,
    scope: tracker.scope ?? null,
  });
}
