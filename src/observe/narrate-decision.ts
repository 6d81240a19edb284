import type { RetryQueuedClaim } from '../core/claim.js';
import type { Effect } from '../core/effects.js';
import type { Event } from '../core/events.js';
import type { Fact } from '../core/facts.js';
import type { State } from '../core/state.js';
import type { StopCause } from '../domain/run.js';
import { sessionId } from '../domain/session.js';
import { LOCAL_HOST } from '../domain/settings.js';
import { issuesShownBy } from './event-issues.js';
import { type LogLine, logLine, spanWords } from './log-line.js';

/** What a step changed. */
interface Change {
  readonly before: State;
  readonly after: State;
}

/** Tells what was decided about a claim; a claim that only learnt of its issue's fields is no news. */
export function factLine(fact: Fact, event: Event, { before, after }: Change): LogLine | null {
  // What a daemon does not take up of the last one has no name here; that a board is forgotten is told once.
  if (fact.type === 'released') {
    return event.type === 'recovered' ? null : releaseLine(fact.issueId, event, before);
  }
  if (fact.type !== 'claimed') return null;
  const { claim } = fact;
  const known = before.claims.get(fact.issueId);
  const fields = issueFields(fact.issueId, after);
  // What began with the daemon before this one has another time than its line.
  const still = event.type === 'recovered' ? 'still ' : '';
  if (claim.kind === 'retryQueued' && claim.stage === 'scheduled') {
    if (known?.kind === 'retryQueued' && known.dueAtMs === claim.dueAtMs) return null;
    const { attempt, dueAtMs, error } = claim;
    const delayMs = dueAtMs - event.atMs;
    const retry = { attempt, delay_ms: delayMs, error };
    return logLine('info', 'retry scheduled', retrySentence(claim, delayMs), { ...fields, ...retry });
  }
  if (claim.kind === 'blocked' && known?.kind !== 'blocked') {
    const question = claim.question.text;
    const sentence = `${still}blocked, waiting for a person: ${question}`;
    return logLine('warn', 'issue blocked, waiting for a person', sentence, { ...fields, question });
  }
  if (claim.kind === 'parked' && !(known?.kind === 'parked' && known.cause === claim.cause)) {
    const { reason } = claim;
    return logLine('warn', 'issue parked', `${still}set aside: ${reason}`, { ...fields, reason });
  }
  return null;
}

function retrySentence({ attempt, error }: RetryQueuedClaim, delayMs: number): string {
  if (error === null) {
    return delayMs > 0
      ? `goes on in ${spanWords(delayMs)} as attempt ${attempt}`
      : `due to go on as attempt ${attempt}`;
  }
  return `retry ${attempt} ${delayMs > 0 ? `in ${spanWords(delayMs)}` : 'is due'}: ${error}`;
}

function releaseLine(issueId: string, event: Event, before: State): LogLine {
  const issue = issuesShownBy(event).find(({ id }) => id === issueId);
  const sentence = issue === undefined ? 'released' : `released, it is in ${issue.state}`;
  return logLine('info', 'claim released', sentence, issueFields(issueId, before));
}

const STOP_WORDS: { readonly [cause in StopCause]: string } = {
  terminal: 'the issue is finished',
  inactive: 'the issue left the active states',
  unroutable: 'the issue is no longer ours to work on',
  gone: 'the tracker no longer shows the issue',
  stalled: 'its agent was silent for too long',
  shutdown: 'Symphony ends',
  operator: 'a person ordered it',
};

/** Tells what will be done. */
export function effectLine(effect: Effect, after: State): LogLine | null {
  switch (effect.type) {
    case 'startRun': {
      const { issue, attempt, thread, host } = effect;
      const which = attempt === null ? 'first run' : `attempt ${attempt}`;
      const where = host === LOCAL_HOST ? '' : ` on ${host}`;
      const how = thread === null ? '' : ', going on where the last one was';
      return logLine('info', 'run started', `${which} started in ${issue.state}${where}${how}`, {
        ...issueFields(issue.id, after),
        state: issue.state,
        attempt,
        ...(host === LOCAL_HOST ? {} : { host }),
      });
    }
    case 'stopRun': {
      const { issueId, cause } = effect;
      const fields = { ...issueFields(issueId, after), cause };
      return logLine('info', 'run stopping', `its run is being stopped: ${STOP_WORDS[cause]}`, fields);
    }
    case 'removeWorkspace':
      return logLine('info', 'workspace removal started', 'its workspace is being removed', {
        issue_id: effect.issueId,
        issue_identifier: effect.identifier,
        host: effect.host,
        workspace: effect.path,
      });
    default:
      return null;
  }
}

/** What each line about an issue carries, as far as the state knows it. */
export function issueFields(issueId: string, state: State): LogLine['fields'] {
  const claim = state.claims.get(issueId);
  if (claim === undefined) {
    return { issue_id: issueId, issue_identifier: unclaimedIdentifier(issueId, state) };
  }
  const fields = { issue_id: issueId, issue_identifier: claim.issue.identifier };
  if (!('report' in claim)) return fields;
  const { threadId, turnId } = claim.report;
  return threadId === null || turnId === null
    ? fields
    : { ...fields, session_id: sessionId(threadId, turnId) };
}

function unclaimedIdentifier(issueId: string, { kept, queue }: State): string | null {
  return kept.get(issueId)?.identifier ?? queue.waiting.find(({ id }) => id === issueId)?.identifier ?? null;
}
