import type { RetryingRow, RunningRow, SessionStatus } from '../../domain/snapshot.js';
import { eventOf } from '../frame/row-lines.js';
import { framed, type TopLine } from '../frame/top-line.js';
import { type ClaimedRow, isClaimed, type ListRow } from '../keys/list-rows.js';
import { grouped, secondsUntil, span as spanText } from '../text/format.js';
import { span } from '../text/line.js';
import { plainLine } from '../text/text.js';

const LABEL_COLUMNS = 11;

type Fact = readonly [label: string, text: string, expendable: number];

/** What a run, or the rest of one, is made of, by label. */
export function factLines(row: ListRow | null, columns: number, nowMs: number): TopLine[] {
  if (row === null || !isClaimed(row)) return [];
  return [...ownFacts(row, nowMs), ...placeFacts(row.row)].map(([label, text, expendable]) => ({
    line: framed(columns, span(label.padEnd(LABEL_COLUMNS), 'dim'), span(text)),
    expendable,
  }));
}

function ownFacts(row: ClaimedRow, nowMs: number): Fact[] {
  switch (row.section) {
    case 'running':
      return [['Run', runText(row.row, nowMs), 3], ...sessionFacts(row.row)];
    case 'blocked':
      return sessionFacts(row.row);
    case 'retrying':
      return retryFacts(row.row, nowMs);
    case 'parked':
      return [['Parked', plainLine(row.row.reason), 1]];
  }
}

function runText(row: RunningRow, nowMs: number): string {
  const attempt = row.attempt === null ? 'first attempt' : `attempt ${row.attempt}`;
  const age = `for ${spanText(nowMs - row.startedAtMs)}`;
  return [attempt, age, `turn ${row.turnCount}`, eventOf(row).text].join(' · ');
}

function sessionFacts({ sessionId, processId, usage }: SessionStatus): Fact[] {
  const session = [
    sessionId === null ? 'none yet' : plainLine(sessionId),
    ...(processId === null ? [] : [`pid ${processId}`]),
  ];
  const tokens = `${grouped(usage.totalTokens)}  in ${grouped(usage.inputTokens)}  out ${grouped(usage.outputTokens)}`;
  return [
    ['Session', session.join(' · '), 4],
    ['Tokens', tokens, 4],
  ];
}

function retryFacts({ attempt, dueAtMs, error }: RetryingRow, nowMs: number): Fact[] {
  const seconds = secondsUntil(dueAtMs, nowMs);
  const due = seconds === 0 ? 'due' : `in ${spanText(seconds * 1_000)}`;
  const retry: Fact = ['Retry', `attempt ${attempt}, ${due}`, 3];
  return error === null ? [retry] : [retry, ['Error', plainLine(error), 1]];
}

function placeFacts({ host, workspacePath }: RunningRow | ClaimedRow['row']): Fact[] {
  const where = [
    host === null ? null : plainLine(host),
    workspacePath === null ? null : plainLine(workspacePath),
  ];
  const known = where.filter((part) => part !== null);
  return known.length === 0 ? [] : [['Workspace', known.join(':'), 5]];
}
