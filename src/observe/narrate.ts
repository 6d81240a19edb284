import { PHASE_WORDS } from '../core/claim-facts.js';
import type { Decision } from '../core/draft.js';
import type { Event, EventOf, Failure } from '../core/events.js';
import type { State } from '../core/state.js';
import type { RunOutcome } from '../domain/run.js';
import { type LogLine, logLine, spanWords } from './log-line.js';
import { effectLine, factLine, issueFields } from './narrate-decision.js';
import { hostLines } from './narrate-hosts.js';
import { orderLine } from './narrate-orders.js';
import { recoveryLines } from './narrate-recovery.js';
import { outcomeSentence } from './outcome-words.js';

export type { LogLine } from './log-line.js';

/** Tells a step of the core as log lines: what happened, what was decided, what will be done. */
export function narrate(event: Event, decision: Decision, before: State): LogLine[] {
  const { state, effects, facts } = decision;
  const told = eventLine(event, before);
  return [
    ...(told === null ? [] : [told]),
    ...(event.type === 'recovered' ? recoveryLines(state) : []),
    ...hostLines(before, state, event.atMs),
    ...facts.flatMap((fact) => factLine(fact, event, { before, after: state }) ?? []),
    ...effects.flatMap((effect) => effectLine(effect, state) ?? []),
  ];
}

function failed(level: LogLine['level'], message: string, sentence: string, failure: Failure): LogLine {
  const retry: LogLine['fields'] =
    failure.retryAfterMs === null ? {} : { retry_after_ms: failure.retryAfterMs };
  const fields = { code: failure.code, reason: failure.message, ...retry };
  return logLine(level, message, `${sentence}: ${failure.message}`, fields);
}

function eventLine(event: Event, before: State): LogLine | null {
  switch (event.type) {
    case 'started': {
      const { trackerKind } = before.settings;
      return logLine('info', 'orchestrator started', `Symphony started with the tracker ${trackerKind}`, {
        tracker: trackerKind,
      });
    }
    case 'shutdownRequested':
      return logLine('info', 'shutdown requested', 'Symphony is stopping');
    case 'clockJumped':
      return logLine('warn', 'wall clock jumped', `the wall clock was moved by ${event.byMs} ms`, {
        by_ms: event.byMs,
      });
    case 'problemReported':
      return logLine('warn', 'problem reported', event.message, { code: event.code, reason: event.message });
    case 'workflowReloaded':
      return logLine('info', 'workflow reloaded', 'the changed workflow is in force');
    case 'questionAnswered':
    case 'issueOrdered':
    case 'dispatchOrdered':
      return orderLine(event, before);
    case 'workspaceRemoved':
      return removalLine(event.issueId, event.failure, before);
    case 'runAdvanced':
      return phaseLine(event, before);
    case 'runExited':
      return exitLine(event.issueId, event.outcome, before);
    default:
      return failureLine(event);
  }
}

function failureLine(event: Event): LogLine | null {
  switch (event.type) {
    case 'workflowBroke':
      return failed(
        'error',
        'workflow invalid, keeping last known good; nothing new is dispatched',
        'the workflow file is invalid, nothing new starts',
        event.failure,
      );
    case 'pollFailed': {
      const { retryAfterMs } = event.failure;
      const pause = retryAfterMs === null ? '' : `, nothing is asked for ${spanWords(retryAfterMs)}`;
      return failed(
        'warn',
        'poll failed, nothing stopped and nothing dispatched',
        `the tracker could not be read${pause}`,
        event.failure,
      );
    }
    case 'issuesRefreshFailed':
      return failed('warn', 'issue refresh failed', 'issues could not be read again', event.failure);
    case 'sweepFailed': {
      const sentence = 'finished workspaces could not be looked for';
      return failed('warn', 'sweep of finished workspaces failed', sentence, event.failure);
    }
    case 'surveyFailed': {
      // That the host is down is told already.
      if (event.failure.code === 'host_unreachable') return null;
      const sentence = `workspaces on ${event.host} could not be looked at`;
      return failed('warn', 'survey of workspaces failed', sentence, event.failure);
    }
    case 'storeFailed':
      return failed(
        'error',
        'journal failed, shutting down',
        'the journal cannot be written, Symphony stops',
        event.failure,
      );
    default:
      return null;
  }
}

/** The run itself tells its first phase, and one that it is in already is entered anew when more is known of it. */
function phaseLine({ issueId, phase }: EventOf<'runAdvanced'>, before: State): LogLine | null {
  const claim = before.claims.get(issueId);
  if (claim !== undefined && 'phase' in claim && claim.phase === phase) return null;
  return logLine('debug', 'run phase', PHASE_WORDS[phase], { ...issueFields(issueId, before), phase });
}

function removalLine(issueId: string, failure: Failure | null, before: State): LogLine {
  const fields = issueFields(issueId, before);
  if (failure === null) return logLine('info', 'workspace removed', 'its workspace is removed', fields);
  const sentence = `its workspace could not be removed: ${failure.message}`;
  const failureFields = { code: failure.code, reason: failure.message };
  return logLine('warn', 'workspace removal failed', sentence, { ...fields, ...failureFields });
}

function exitLine(issueId: string, outcome: RunOutcome, before: State): LogLine {
  const expected = ['turnsExhausted', 'issueInactive', 'stopped', 'inputRequired'].includes(outcome.kind);
  const message = expected ? 'run completed' : 'run failed';
  return logLine(expected ? 'info' : 'warn', message, outcomeSentence(outcome), {
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
