import type { Effect } from '../core/effects.js';
import type { EventBody, Failure } from '../core/events.js';
import { errorMessage, SymphonyError } from '../domain/error.js';
import { issueFacts } from '../domain/issue.js';
import type { Perform, Post } from './engine.js';
import type { IssueReads } from './issue-reads.js';
import type { Runs } from './runs.js';
import type { WorkspaceKeeping } from './workspace-keeping.js';

interface PerformParts {
  readonly post: Post;
  readonly reads: IssueReads;
  readonly runs: Runs;
  readonly keeping: WorkspaceKeeping;
  /** Looks whether the workflow file changed unnoticed; its news are posted before the poll's answer (SPEC 6.3). */
  readonly checkWorkflow: () => Promise<void>;
  /** Whether a host answers. */
  readonly reach: (host: string) => Promise<void>;
  /** Ids whose full issue may still be needed for a prompt. */
  readonly isClaimed: (issueId: string) => boolean;
}

/** Turns effects into port calls, each of which comes back as exactly one answering event (C4). */
export function createPerform(parts: PerformParts): { readonly perform: Perform; readonly decline: Perform } {
  const answer = (operation: () => Promise<EventBody>, failed: (failure: Failure) => EventBody): void => {
    operation().then(parts.post, (error: unknown) => parts.post(failed(failureOf(error))));
  };
  const perform: Perform = (effect) => {
    switch (effect.type) {
      case 'poll':
        answer(() => poll(parts, effect), failedAnswer(effect));
        break;
      case 'refreshIssues':
        answer(() => refreshIssues(parts, effect), failedAnswer(effect));
        break;
      case 'surveyWorkspaces':
        answer(
          async () => ({
            type: 'workspacesSurveyed',
            host: effect.host,
            workspaces: await parts.keeping.survey(effect.host),
          }),
          failedAnswer(effect),
        );
        break;
      case 'tryHost':
        answer(async () => {
          const { request, host } = effect;
          await parts.reach(host);
          return { type: 'hostAnswered', request, host };
        }, failedAnswer(effect));
        break;
      case 'listTerminalIssues':
        answer(() => listTerminalIssues(parts, effect), failedAnswer(effect));
        break;
      case 'removeWorkspace':
        answer(() => removeWorkspace(parts, effect), failedAnswer(effect));
        break;
      case 'startRun':
        parts.runs.start(effect);
        break;
      case 'stopRun':
        parts.runs.stop(effect.runId, effect.cause);
        break;
    }
  };
  return { perform, decline: (effect) => decline(parts, perform, effect) };
}

async function poll(parts: PerformParts, effect: Extract<Effect, { type: 'poll' }>): Promise<EventBody> {
  await parts.checkWorkflow();
  const { byStates, byIds } = await parts.reads.poll(effect.states, effect.ids);
  const listed = new Set(byStates.map(({ id }) => id));
  parts.reads.keepOnly((issueId) => listed.has(issueId) || parts.isClaimed(issueId));
  parts.keeping.letGoUnused();
  return {
    type: 'pollAnswered',
    request: effect.request,
    candidates: effect.states === null ? null : byStates.map(issueFacts),
    refreshed: byIds.map(issueFacts),
    budget: parts.reads.budget(),
  };
}

async function refreshIssues(
  { reads }: PerformParts,
  { request, ids }: Extract<Effect, { type: 'refreshIssues' }>,
): Promise<EventBody> {
  const issues = await reads.byIds(ids);
  return { type: 'issuesRefreshed', request, issues: issues.map(issueFacts) };
}

async function listTerminalIssues(
  { reads }: PerformParts,
  { states }: Extract<Effect, { type: 'listTerminalIssues' }>,
): Promise<EventBody> {
  const issues = await reads.byStates(states);
  return { type: 'terminalIssuesListed', issues: issues.map(({ id, identifier }) => ({ id, identifier })) };
}

async function removeWorkspace(
  { keeping }: PerformParts,
  effect: Extract<Effect, { type: 'removeWorkspace' }>,
): Promise<EventBody> {
  await keeping.remove(effect);
  const { request, issueId, host, path } = effect;
  return { type: 'workspaceRemoved', request, issueId, host, path, failure: null };
}

/** The event that tells that a request failed. */
function failedAnswer(
  effect: Exclude<Effect, { type: 'startRun' | 'stopRun' }>,
): (failure: Failure) => EventBody {
  return (failure) => {
    switch (effect.type) {
      case 'poll':
        return { type: 'pollFailed', request: effect.request, failure };
      case 'refreshIssues':
        return { type: 'issuesRefreshFailed', request: effect.request, failure };
      case 'surveyWorkspaces':
        return { type: 'surveyFailed', host: effect.host, failure };
      case 'tryHost':
        return { type: 'hostFailed', request: effect.request, host: effect.host, failure };
      case 'listTerminalIssues':
        return { type: 'sweepFailed', failure };
      case 'removeWorkspace': {
        const { request, issueId, host, path } = effect;
        return { type: 'workspaceRemoved', request, issueId, host, path, failure };
      }
    }
  };
}

/** The decision behind an effect could not be committed: nothing begins, but what is to end still ends. */
function decline({ post }: PerformParts, perform: Perform, effect: Effect): void {
  const message = 'the journal could not be written';
  if (effect.type === 'stopRun') perform(effect);
  else if (effect.type === 'startRun') {
    const outcome = { kind: 'agentFailed', reason: 'internal_error', detail: message } as const;
    post({ type: 'runExited', issueId: effect.issue.id, runId: effect.runId, outcome });
  } else post(failedAnswer(effect)({ code: 'store_failed', message, retryAfterMs: null }));
}

/** Anything thrown, as an event tells it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof SymphonyError) {
    return { code: error.code, message: error.message, retryAfterMs: error.retryAfterMs };
  }
  return { code: 'internal_error', message: errorMessage(error), retryAfterMs: null };
}
