import { randomBytes } from 'node:crypto';
import type { Decision } from '../core/draft.js';
import type { Event, EventOf } from '../core/events.js';
import type { State } from '../core/state.js';
import type { EventPage, EventQuery, HistoryEvent, HistorySource, IssueHistory } from '../domain/history.js';
import type { IssueFacts, IssueId } from '../domain/issue.js';
import type { RunId } from '../domain/run.js';
import type { AgentReport } from '../domain/session.js';
import type { HookReport } from '../workspaces/hooks.js';
import { EventFloods, type Skipped } from './event-floods.js';
import { EventFollowers } from './event-followers.js';
import { issuesShownBy } from './event-issues.js';
import { EventRing, type Recorded, type Teller } from './event-ring.js';
import { HistoryEchoes } from './history-echoes.js';
import { HistoryShelf, type ShelfLimits } from './history-shelf.js';
import { keptText } from './history-text.js';
import { KeptFields } from './kept-fields.js';
import { kindOf, type LogLine, logLine } from './log-line.js';
import { narrate } from './narrate.js';
import { outcomeDetail } from './outcome-words.js';
import type { Secrets } from './redact.js';
import type { IssueNames, RememberedIssue } from './remembered-issue.js';
import { agentLine, hookLine, isEveryday } from './run-lines.js';

/** A day of many agents, and what a page or a terminal can show; at about 700 bytes an event some 40 MB at the most. */
const LIMITS = { issues: 1_000, eventsPerIssue: 500, eventsOfAll: 60_000, eventsOfDaemon: 2_000 };

/** How much is remembered. */
export type HistoryLimits = ShelfLimits & { readonly eventsOfDaemon: number };

/** What a history is built from. */
export interface HistoryOptions {
  readonly secrets: Secrets;
  /** Wall milliseconds. */
  readonly now: () => number;
  /** A listener threw, told once for each; the others, and later events, reach theirs all the same. */
  readonly onListenerFailed: (error: unknown) => void;
  readonly limits?: Partial<HistoryLimits>;
}

/** The run that an agent's report belongs to. */
export interface ReportedRun {
  readonly issue: Pick<IssueFacts, 'id' | 'identifier'>;
  readonly runId: RunId;
}

/** Whether an event belongs into a view of the whole daemon; everyday talk of agents is shown with its issue only. */
function isDaemonWide({ level }: Recorded): boolean {
  return level !== 'debug';
}

/**
 * What has happened in this daemon's life, bounded, and told by the same lines as the log.
 *
 * It is fed by three calls, beside the log:
 *
 *     const history = new History({ secrets, now: () => systemClock.wallMs(), onListenerFailed: (error) =>
 *       logger.error('a follower of events failed', { error }) });
 *     new Orchestrator({
 *       observe: (event, decision, before) => { …; history.observe(event, decision, before); },
 *       onAgentReport: (start, report) => { …; history.agentReported(start, report); },
 *       onHook: (report) => { …; history.hookReported(report); },
 *     });
 *
 * Invariants:
 *   H1. Nothing here throws for what outside says, and nothing waits.
 *   H2. No secret that is known when something happens is kept.
 *   H3. Memory is bounded whatever agents say and however many issues there are.
 *   H4. Ids grow; an id tells of which life it is, so nobody goes on after a restart as if nothing were missing.
 */
export class History implements HistorySource {
  readonly #options: HistoryOptions;
  readonly #limits: HistoryLimits;
  readonly #life = randomBytes(6).toString('hex');
  readonly #shelf: HistoryShelf;
  readonly #daemon = new EventRing();
  readonly #floods = new EventFloods();
  readonly #echoes = new HistoryEchoes();
  readonly #fields: KeptFields;
  readonly #followers: EventFollowers;
  #sequence = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#shelf = new HistoryShelf(this.#limits);
    this.#fields = new KeptFields(options.secrets);
    this.#followers = new EventFollowers(options.onListenerFailed);
  }

  /** Takes one step of the core; give it to the orchestrator as what observes. */
  readonly observe = (event: Event, decision: Decision, before: State): void => {
    this.#follow(event, decision);
    for (const line of narrate(event, decision, before)) this.#record(line, event.wallMs, 'daemon');
    this.#letGo(event, decision);
  };

  /** Takes what an agent did in a run that has started and not ended. */
  agentReported({ issue, runId }: ReportedRun, report: AgentReport): void {
    if (this.#echoes.isEcho(runId, report)) return;
    const atMs = this.#options.now();
    const talk = isEveryday(report) ? 'everyday' : 'notable';
    if (!this.#floods.admits(runId, talk, atMs)) return;
    this.#tellSkipped(issue.id, this.#floods.takeSkipped(runId, atMs), atMs);
    this.#record(agentLine(issue, report), atMs, 'agent');
  }

  /** Takes what a hook did. */
  hookReported(report: HookReport): void {
    this.#record(hookLine(report), this.#options.now(), 'daemon');
  }

  events({ identifier, after, limit }: EventQuery): EventPage {
    const query = { after: after === undefined ? null : this.#placeOf(after), limit };
    const ofIssue = (name: string): EventRing =>
      this.#shelf.find(name)?.events ?? new EventRing(this.#shelf.forgottenTo);
    const page = (identifier === undefined ? this.#daemon : ofIssue(identifier)).page(query);
    return { ...page, events: page.events.map((recorded) => this.#eventOf(recorded)) };
  }

  issue(identifier: string): IssueHistory | null {
    const issue = this.#shelf.find(identifier);
    return issue?.wasClaimed === true ? issue.view : null;
  }

  issues(): readonly IssueHistory[] {
    return this.#shelf
      .all()
      .filter(({ wasClaimed }) => wasClaimed)
      .sort((a, b) => b.lastEventAtMs - a.lastEventAtMs)
      .map(({ view }) => view);
  }

  subscribe(listener: (event: HistoryEvent) => void): () => void {
    return this.#followers.add(listener);
  }

  /** Keeps what is known of claims and runs in step, before the step is told. */
  #follow(event: Event, { facts, effects }: Decision): void {
    for (const fact of facts) {
      if (fact.type === 'claimed') this.#shelf.claim(fact.issueId, this.#namesOf(fact.claim.issue));
    }
    for (const effect of effects) {
      if (effect.type !== 'startRun') continue;
      const issue = this.#shelf.get(effect.issue.id);
      issue?.attempts.started(effect.runId, effect.attempt, event.wallMs);
      issue?.tokens.begin(event.wallMs);
      this.#floods.open(effect.runId);
      this.#echoes.open(effect.runId);
    }
    if (event.type === 'runAdvanced' || event.type === 'runReported' || event.type === 'runExited')
      this.#followRun(event);
  }

  #followRun(event: EventOf<'runAdvanced' | 'runReported' | 'runExited'>): void {
    const { issueId, runId, wallMs } = event;
    const issue = this.#shelf.get(issueId);
    switch (event.type) {
      case 'runAdvanced':
        issue?.attempts.advanced(runId, event.phase, wallMs, event.workspace);
        this.#tellSkipped(issueId, this.#floods.takeSkipped(runId, wallMs), wallMs);
        break;
      case 'runReported':
        issue?.attempts.reported(runId, event.delta.report);
        issue?.tokens.add(event.delta.usage.totalTokens, wallMs);
        this.#tellSkipped(issueId, this.#floods.takeSkipped(runId, wallMs), wallMs);
        break;
      case 'runExited': {
        const detail = outcomeDetail(event.outcome);
        const kept = detail === null ? null : keptText(detail, this.#options.secrets);
        issue?.attempts.exited(runId, event.outcome.kind, kept, wallMs);
        this.#echoes.close(runId);
        this.#tellSkipped(issueId, this.#floods.close(runId), wallMs);
        break;
      }
    }
    issue?.changed();
  }

  /** What was released is remembered as the tracker showed it last. */
  #letGo(event: Event, { facts, state }: Decision): void {
    for (const shown of issuesShownBy(event)) {
      const issue = this.#shelf.get(shown.id);
      if (issue?.wasClaimed === true) this.#shelf.rename(issue, this.#namesOf(shown));
    }
    for (const fact of facts) {
      if (fact.type === 'released' && !state.claims.has(fact.issueId)) this.#shelf.release(fact.issueId);
    }
  }

  #namesOf({ identifier, title, url, state }: IssueFacts): IssueNames {
    const { secrets } = this.#options;
    return {
      identifier,
      title: keptText(title, secrets),
      url: url === null ? null : secrets.redact(url),
      state: keptText(state, secrets),
    };
  }

  #tellSkipped(issueId: IssueId, all: readonly Skipped[], atMs: number): void {
    if (all.length === 0) return;
    const issue = this.#shelf.get(issueId);
    if (issue === undefined) return;
    for (const { talk, count } of all) {
      const what = talk === 'everyday' ? 'notifications' : 'agent reports';
      const fields = { issue_id: issueId, issue_identifier: issue.identifier, count };
      const level = talk === 'everyday' ? 'debug' : 'info';
      const line = logLine(level, 'agent reports skipped', `… ${count} more ${what}`, fields);
      this.#record(line, atMs, 'agent');
    }
  }

  #record(line: LogLine, atMs: number, teller: Teller): void {
    const { secrets } = this.#options;
    const issue = this.#issueOf(line);
    this.#sequence += 1;
    const recorded: Recorded = {
      sequence: this.#sequence,
      atMs,
      issueId: issue?.issueId ?? null,
      identifier: issue?.identifier ?? null,
      kind: kindOf(line),
      level: line.level,
      message: keptText(line.sentence, secrets),
      fields: this.#fields.of(line.fields),
    };
    issue?.events.add(recorded, teller, this.#shelf.eventLimit);
    issue?.happened(atMs);
    if (isDaemonWide(recorded)) this.#daemon.add(recorded, teller, this.#limits.eventsOfDaemon);
    if (this.#followers.areAny) this.#followers.tell(this.#eventOf(recorded));
  }

  #eventOf({ sequence, ...event }: Recorded): HistoryEvent {
    return { id: `${this.#life}-${sequence}`, ...event };
  }

  #issueOf({ fields }: LogLine): RememberedIssue | null {
    const { issue_id: issueId, issue_identifier: identifier } = fields;
    if (typeof issueId !== 'string') return null;
    if (typeof identifier === 'string') return this.#shelf.remember(issueId, identifier);
    return this.#shelf.get(issueId) ?? null;
  }

  /** The place of an id in this life; -1 for any other text. */
  #placeOf(id: string): number {
    const [life, digits = '', ...rest] = id.split('-');
    if (life !== this.#life || rest.length > 0 || !/^\d{1,15}$/u.test(digits)) return -1;
    const place = Number(digits);
    return place <= this.#sequence ? place : -1;
  }
}
