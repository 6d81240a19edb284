import type { AttemptRecord, EventPage, HistoryEvent } from '../domain/history.js';
import type { AttemptResponse, EventResponse, EventsResponse } from './schema-history.js';
import { isoTime, timeOrNull, tokens } from './state.js';

/** What happened, in the words of the API. */
export function eventResponse(event: HistoryEvent): EventResponse {
  return {
    id: event.id,
    at: isoTime(event.atMs),
    issue_id: event.issueId,
    issue_identifier: event.identifier,
    kind: event.kind,
    level: event.level,
    message: event.message,
    fields: { ...event.fields },
  };
}

/** A stretch of events in the words of the API. */
export function eventsResponse({ events, hasGap, hasMore }: EventPage): EventsResponse {
  return { events: events.map(eventResponse), has_gap: hasGap, has_more: hasMore };
}

/** A run attempt in the words of the API. */
export function attemptResponse(attempt: AttemptRecord): AttemptResponse {
  return {
    run_id: attempt.runId,
    attempt: attempt.attempt,
    started_at: isoTime(attempt.startedAtMs),
    ended_at: timeOrNull(attempt.endedAtMs),
    outcome: attempt.outcome,
    detail: attempt.detail,
    phases: attempt.phases.map(({ phase, atMs }) => ({ phase, at: isoTime(atMs) })),
    worker_host: attempt.host,
    workspace_path: attempt.workspacePath,
    session_id: attempt.sessionId,
    turn_count: attempt.turnCount,
    tokens: tokens(attempt.usage),
  };
}
