import type { Effect } from '../../../src/core/effects.js';
import type { Event, EventOf, RequestId } from '../../../src/core/events.js';
import type { IssueId } from '../../../src/domain/issue.js';
import type { RunId } from '../../../src/domain/run.js';
import { workspaceKey } from '../../../src/domain/workspace-key.js';
import { lastPlaces } from './past.js';

const FIRST_GAP_MS = 10_000;
const LONGEST_GAP_MS = 300_000;

/** A host that is known not to answer. */
interface Outage {
  readonly dueAtMs: number;
  /** The try under way. */
  readonly probe: RequestId | null;
}

interface HostRun {
  readonly issueId: IssueId;
  readonly host: string;
  hasWorkspace: boolean;
}

/** What a bystander can know of hosts and of what is on their disks, from events and effects alone. */
export class HostLedger {
  /** Those of the settings in force. */
  names: ReadonlySet<string> = new Set();
  readonly down = new Map<string, Outage>();
  readonly runs = new Map<RunId, HostRun>();
  /** Removals under way. */
  readonly removals = new Map<RequestId, { readonly issueId: IssueId; readonly host: string }>();
  /** Where an issue may have left something: what this daemon began or found, and has not heard to be gone or hopeless. */
  readonly places = new Map<IssueId, Set<string>>();
  /** Hosts of the settings of which it is not known what is on their disks. */
  readonly unsurveyed = new Set<string>();
  /** Hosts of the start that have neither told what is on their disks nor failed to. */
  #untold: Set<string> | null = null;
  /** Failures in a row. */
  readonly #row = new Map<string, number>();
  /** Hosts of workspaces without a mark, until the list of finished issues has come. */
  readonly #unmarked = new Map<string, Set<string>>();
  #isListing = false;

  runsOn(host: string): number {
    return [...this.runs.values()].filter((run) => run.host === host).length;
  }

  /** Whether it may yet turn out which of several hosts has a workspace of an issue. */
  mayHavePlaceUntold(issueId: IssueId): boolean {
    return this.names.size > 1 && (this.#untold?.size ?? 0) > 0 && !this.places.has(issueId);
  }

  isBeingRemoved(issueId: IssueId): boolean {
    return [...this.removals.values()].some((removal) => removal.issueId === issueId);
  }

  /** Whether an answer of a host, or about a workspace, was expected by nobody any more. */
  isLate(event: Event): boolean {
    if (event.type === 'workspaceRemoved') return !this.removals.has(event.request);
    if (event.type === 'hostAnswered' || event.type === 'hostFailed')
      return this.down.get(event.host)?.probe !== event.request;
    return false;
  }

  /** Enters what an event tells. */
  settle(event: Event, names: readonly string[]): void {
    this.#settleNames(event.type === 'workflowReloaded' ? event.settings.hosts : names);
    switch (event.type) {
      case 'recovered':
        for (const [issueId, host] of lastPlaces(event.facts)) this.#addPlace(issueId, host);
        break;
      case 'runAdvanced':
        this.#settleWorkspace(event);
        break;
      case 'runExited':
        this.#settleRun(event);
        break;
      case 'hostAnswered':
        this.down.delete(event.host);
        break;
      case 'hostFailed':
        this.#fail(event.host, event.atMs);
        break;
      case 'surveyFailed':
        this.#untold?.delete(event.host);
        if (event.failure.code === 'host_unreachable') this.#notice(event.host, event.atMs);
        else this.unsurveyed.delete(event.host);
        break;
      case 'workspacesSurveyed':
        this.#untold?.delete(event.host);
        this.#settleSurvey(event);
        break;
      case 'terminalIssuesListed':
        this.#settleList(event);
        break;
      case 'sweepFailed':
        this.#endListing();
        break;
      case 'workspaceRemoved':
        this.#settleRemoval(event);
        break;
      default:
        break;
    }
  }

  /** Enters what was decided. */
  enter(effect: Effect): void {
    if (effect.type === 'startRun') {
      const { issue, host } = effect;
      this.runs.set(effect.runId, { issueId: issue.id, host, hasWorkspace: false });
    } else if (effect.type === 'tryHost') {
      const outage = this.down.get(effect.host);
      if (outage !== undefined) this.down.set(effect.host, { ...outage, probe: effect.request });
    } else if (effect.type === 'removeWorkspace') this.removals.set(effect.request, effect);
    else if (effect.type === 'listTerminalIssues') this.#isListing = true;
  }

  #settleNames(names: readonly string[]): void {
    this.#untold ??= new Set(names);
    for (const host of names) if (!this.names.has(host)) this.unsurveyed.add(host);
    this.names = new Set(names);
    for (const host of this.down.keys()) if (!this.names.has(host)) this.down.delete(host);
    for (const host of this.#row.keys()) if (!this.names.has(host)) this.#row.delete(host);
    for (const host of this.unsurveyed) if (!this.names.has(host)) this.unsurveyed.delete(host);
  }

  #settleWorkspace({ runId, issueId, workspace }: EventOf<'runAdvanced'>): void {
    if (workspace === null) return;
    const run = this.runs.get(runId);
    if (run !== undefined) run.hasWorkspace = true;
    this.#addPlace(issueId, workspace.host);
  }

  #settleRun({ runId, issueId, outcome, atMs }: EventOf<'runExited'>): void {
    const run = this.runs.get(runId);
    this.runs.delete(runId);
    if (run === undefined) return;
    if (outcome.kind !== 'hostUnreachable' || outcome.began) this.#addPlace(issueId, run.host);
    if (outcome.kind === 'hostUnreachable') this.#notice(run.host, atMs);
    else if (outcome.kind !== 'stopped' && run.hasWorkspace && !this.down.has(run.host))
      this.#row.delete(run.host);
  }

  #settleSurvey({ host, workspaces }: EventOf<'workspacesSurveyed'>): void {
    this.unsurveyed.delete(host);
    for (const { issueId, key } of workspaces) {
      if (issueId !== null) this.#addPlace(issueId, host);
      else this.#unmarked.set(key, (this.#unmarked.get(key) ?? new Set<string>()).add(host));
    }
  }

  #settleList({ issues }: EventOf<'terminalIssuesListed'>): void {
    if (!this.#isListing) return;
    for (const { id, identifier } of issues)
      for (const host of this.#unmarked.get(workspaceKey(identifier)) ?? []) this.#addPlace(id, host);
    this.#endListing();
  }

  #endListing(): void {
    this.#isListing = false;
    this.#unmarked.clear();
  }

  #settleRemoval({ request, issueId, host, failure, atMs }: EventOf<'workspaceRemoved'>): void {
    this.removals.delete(request);
    const isLost = failure?.code === 'host_unreachable';
    if (isLost) this.#notice(host, atMs);
    // What a host keeps that left the settings and does not answer is told once, and given up.
    if (!isLost || !this.names.has(host)) this.places.get(issueId)?.delete(host);
  }

  #addPlace(issueId: IssueId, host: string): void {
    this.places.set(issueId, (this.places.get(issueId) ?? new Set<string>()).add(host));
  }

  /** What fails on a host that is down is the same failure. */
  #notice(host: string, atMs: number): void {
    if (this.names.has(host) && !this.down.has(host)) this.#fail(host, atMs);
  }

  #fail(host: string, atMs: number): void {
    const row = (this.#row.get(host) ?? 0) + 1;
    this.#row.set(host, row);
    const gapMs = Math.min(FIRST_GAP_MS * 2 ** (row - 1), LONGEST_GAP_MS);
    this.down.set(host, { dueAtMs: atMs + gapMs, probe: null });
  }
}
