import type { BoardRow, Explanation } from '../domain/explanation.js';
import type { IssueHistory } from '../domain/history.js';
import type { Snapshot } from '../domain/snapshot.js';
import type { ExplainResponse, IssuesResponse } from './schema-issues.js';
import { identity, isoTime, timeOrNull } from './state.js';

/** More than anybody reads of what is over. */
const MOST_ENDED = 200;

/** The board in the words of the API. */
export function issuesResponse({
  snapshot,
  board,
  histories,
}: {
  readonly snapshot: Snapshot;
  readonly board: readonly BoardRow[];
  readonly histories: readonly IssueHistory[];
}): IssuesResponse {
  const known = new Set(board.map(({ identifier }) => identifier));
  const ended = histories.filter(({ identifier }) => !known.has(identifier)).slice(0, MOST_ENDED);
  return {
    generated_at: isoTime(snapshot.generatedAtMs),
    issues: board.map((row) => ({
      ...identity(row),
      priority: row.priority,
      labels: [...row.labels],
      standing: row.standing,
      reason: row.reason,
    })),
    ended: ended.map((history) => ({
      ...identity(history),
      attempts: history.attempts.length,
      last_outcome: history.attempts.at(-1)?.outcome ?? null,
      last_event_at: isoTime(history.lastEventAtMs),
    })),
  };
}

/** Why an issue is, or is not, being worked on, in the words of the API. */
export function explainResponse(explanation: Explanation): ExplainResponse {
  return {
    ...identity(explanation),
    standing: explanation.standing,
    headline: explanation.headline,
    rules: explanation.rules.map(({ rule, verdict, fact }) => ({ rule, verdict, fact })),
    generated_at: isoTime(explanation.generatedAtMs),
    read_at: timeOrNull(explanation.readAtMs),
  };
}
