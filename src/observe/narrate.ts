import type { Decision } from '../core/draft.js';
import type { Effect } from '../core/effects.js';
import type { Event, Failure } from '../core/events.js';
import type { Fact } from '../core/facts.js';
import type { State } from '../core/state.js';
import type { JsonValue } from '../domain/json.js';
import type { RunOutcome } from '../domain/run.js';
import { sessionId } from '../domain/session.js';

/** One log line: a constant message, and values as fields (SPEC 13.1). */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: { readonly [name: string]: JsonValue };
}

/** Tells a step of the core as log lines: what happened, what was decided, what will be done. */
export function narrate(event: Event, { state, effects, facts }: Decision, before: State): LogLine[] {
  const told = eventLine(event, before);
  return [
    ...(told === null ? [] : [told]),
    ...facts.flatMap((fact) => factLine(fact, before, state, event.atMs) ?? []),
    ...effects.flatMap((effect) => effectLine(effect, state) ?? []),
  ];
}

function line(level: LogLine['level'], message: string, fields: LogLine['fields'] = {}): LogLine {
  return { level, message, fields };
}

function failed(level: LogLine['level'], message: string, failure: Failure): LogLine {
  const retry: LogLine['fields'] =
    failure.retryAfterMs === null ? {} : { retry_after_ms: failure.retryAfterMs };
  return line(level, message, { code: failure.code, reason: failure.message, ...retry });
}

function eventLine(event: Event, before: State): LogLine | null {
  switch (event.type) {
    case 'started':
      return line('info', 'orchestrator started', { tracker: before.settings.trackerKind });
    case 'workflowReloaded':
      return line('info', 'workflow reloaded');
    case 'workflowBroke':
      return failed(
        'error',
        'workflow invalid, keeping last known good; nothing new is dispatched',
        event.failure,
      );
    case 'pollFailed':
      return failed('warn', 'poll failed, nothing stopped and nothing dispatched', event.failure);
    case 'issuesRefreshFailed':
      return failed('warn', 'issue refresh failed', event.failure);
    case 'sweepFailed':
      return failed('warn', 'sweep of finished workspaces failed', event.failure);
    case 'storeFailed':
      return failed('error', 'journal failed, shutting down', event.failure);
    case 'clockJumped':
      return line('warn', 'wall clock jumped', { by_ms: event.byMs });
    case 'problemReported':
      return line('warn', 'problem reported', { code: event.code, reason: event.message });
    case 'questionAnswered':
      return line('info', 'question answered', {
        ...issueFields(event.issueId, before),
        answer: event.answer.kind,
      });
    case 'issueOrdered':
      return line('info', 'issue ordered', { ...issueFields(event.issueId, before), order: event.order });
    case 'dispatchOrdered':
      return line('info', 'dispatch ordered', { order: event.order });
    case 'shutdownRequested':
      return line('info', 'shutdown requested');
    case 'workspaceRemoved':
      return removalLine(event.issueId, event.failure, before);
    case 'runAdvanced':
      return line('debug', 'run phase', { ...issueFields(event.issueId, before), phase: event.phase });
    case 'runExited':
      return exitLine(event.issueId, event.outcome, before);
    default:
      return null;
  }
}

function removalLine(issueId: string, failure: Failure | null, before: State): LogLine {
  const fields = issueFields(issueId, before);
  if (failure === null) return line('info', 'workspace removed', fields);
  return line('warn', 'workspace removal failed', { ...fields, code: failure.code, reason: failure.message });
}

function exitLine(issueId: string, outcome: RunOutcome, before: State): LogLine {
  const expected = ['turnsExhausted', 'issueInactive', 'stopped', 'inputRequired'].includes(outcome.kind);
  return line(expected ? 'info' : 'warn', expected ? 'run completed' : 'run failed', {
    ...issueFields(issueId, before),
    outcome: outcome.kind,
    ...outcomeFields(outcome),
  });
}

function outcomeFields(outcome: RunOutcome): LogLine['fields'] {
  switch (outcome.kind) {
    case 'agentFailed':
      return { code: outcome.reason, reason: outcome.detail };
    case 'workspaceFailed':
      return { step: outcome.step, reason: outcome.detail };
    case 'timedOut':
    case 'usageLimited':
    case 'hostUnreachable':
      return { reason: outcome.detail };
    case 'inputRequired':
      return { question: outcome.question.text };
    case 'stopped':
      return { cause: outcome.by };
    case 'turnsExhausted':
    case 'issueInactive':
      return {};
  }
}

function factLine(fact: Fact, before: State, after: State, atMs: number): LogLine | null {
  if (fact.type === 'released') {
    return line('info', 'claim released', issueFields(fact.issueId, before));
  }
  if (fact.type !== 'claimed') return null;
  const { claim } = fact;
  const fields = issueFields(fact.issueId, after);
  if (claim.kind === 'retryQueued' && claim.stage === 'scheduled') {
    const { attempt, dueAtMs, error } = claim;
    return line('info', 'retry scheduled', { ...fields, attempt, delay_ms: dueAtMs - atMs, error });
  }
  if (claim.kind === 'blocked' && before.claims.get(fact.issueId)?.kind !== 'blocked') {
    return line('warn', 'issue blocked, waiting for a person', { ...fields, question: claim.question.text });
  }
  if (claim.kind === 'parked') return line('warn', 'issue parked', { ...fields, reason: claim.reason });
  return null;
}

function effectLine(effect: Effect, after: State): LogLine | null {
  switch (effect.type) {
    case 'startRun':
      return line('info', 'run started', {
        ...issueFields(effect.issue.id, after),
        state: effect.issue.state,
        attempt: effect.attempt,
      });
    case 'stopRun':
      return line('info', 'run stopping', { ...issueFields(effect.issueId, after), cause: effect.cause });
    case 'removeWorkspace':
      return line('info', 'workspace removal started', {
        issue_id: effect.issueId,
        issue_identifier: effect.identifier,
        host: effect.host,
        workspace: effect.path,
      });
    default:
      return null;
  }
}

function issueFields(issueId: string, state: State): LogLine['fields'] {
  const claim = state.claims.get(issueId);
  if (claim === undefined) {
    return { issue_id: issueId, issue_identifier: state.kept.get(issueId)?.identifier ?? null };
  }
  const fields = { issue_id: issueId, issue_identifier: claim.issue.identifier };
  if (!('report' in claim)) return fields;
  const { threadId, turnId } = claim.report;
  return threadId === null || turnId === null
    ? fields
    : { ...fields, session_id: sessionId(threadId, turnId) };
}
