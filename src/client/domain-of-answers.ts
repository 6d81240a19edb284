import type { EventResponse } from '../api/schema-history.js';
import type { ExplainResponse } from '../api/schema-issues.js';
import type { Explanation } from '../domain/explanation.js';
import type { HistoryEvent } from '../domain/history.js';

/** What happened, as the daemon itself keeps it. */
export function historyEventOf(told: EventResponse): HistoryEvent {
  return {
    id: told.id,
    atMs: Date.parse(told.at),
    issueId: told.issue_id,
    identifier: told.issue_identifier,
    kind: told.kind,
    level: told.level,
    message: told.message,
    fields: told.fields,
  };
}

/** Why an issue is, or is not, being worked on, as the daemon itself sees it. */
export function explanationOf(told: ExplainResponse): Explanation {
  return {
    issueId: told.issue_id,
    identifier: told.issue_identifier,
    title: told.title,
    url: told.issue_url,
    state: told.state,
    standing: told.standing,
    headline: told.headline,
    rules: told.rules,
    generatedAtMs: Date.parse(told.generated_at),
    readAtMs: told.read_at === null ? null : Date.parse(told.read_at),
  };
}
