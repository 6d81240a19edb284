import type { Problem, RetryingRow, RunningRow } from '../daemon/wire.js';
import { h, setAttribute, setText } from '../dom/element.js';
import { IssueCell, issueLink } from '../dom/issue-link.js';
import { type TableSection, tableSection } from '../dom/table.js';
import { ago, clockTime, grouped, inWords, until } from '../model/format.js';
import {
  ageOf,
  attemptOf,
  type BoardRow,
  type EndedRow,
  hostName,
  lastMessage,
  phaseOf,
} from '../model/rows.js';
import { plainLine } from '../model/text.js';
import { conditionOf, loadOf, type WorkerRow } from '../model/workers.js';

/** A row with the time that its ages are told by. */
export interface Timed<Row> {
  readonly row: Row;
  readonly nowMs: number;
}

const span = (...classes: readonly string[]): HTMLElement =>
  h('span', { class: classes.length === 0 ? null : classes.join(' ') });

/** The runs that are alive. */
export function runningTable(): TableSection<Timed<RunningRow>> {
  return tableSection<Timed<RunningRow>>({
    id: 'running',
    title: 'Running',
    empty: 'No agent is at work.',
    columns: [
      { title: 'Issue', kind: 'issue' },
      { title: 'State' },
      { title: 'Phase', kind: 'medium' },
      { title: 'Host', kind: 'host' },
      { title: 'Age', kind: 'number' },
      { title: 'Turns', kind: 'number' },
      { title: 'Tokens', kind: 'number' },
      { title: 'Last message', kind: 'wide' },
    ],
    key: ({ row }) => row.issue_id,
    create: ({ row }) => {
      const issue = new IssueCell(row.issue_identifier);
      const [state, phase, attempt, host] = [span(), span(), span('note'), span()];
      const [age, turns, tokens, message, when] = [span(), span(), span(), span(), span('note')];
      message.dir = 'auto';
      return {
        cells: [
          issue.element,
          state,
          h('span', {}, phase, ' ', attempt),
          host,
          age,
          turns,
          tokens,
          h('span', { class: 'said' }, when, ' ', message),
        ],
        update: ({ row: latest, nowMs }) => {
          const last = lastMessage(latest, nowMs);
          issue.update(latest.title);
          setText(state, plainLine(latest.state, 60));
          setText(phase, phaseOf(latest));
          setText(attempt, attemptOf(latest.attempt) ?? '');
          setText(host, hostName(latest.worker_host));
          setText(age, ageOf(latest.started_at, nowMs));
          setText(turns, grouped(latest.turn_count));
          setText(tokens, grouped(latest.tokens.total_tokens));
          setText(message, last.text);
          setText(when, last.age ?? '');
        },
      };
    },
  });
}

/** The issues that are tried again at a time. */
export function retryTable(): TableSection<Timed<RetryingRow>> {
  return tableSection<Timed<RetryingRow>>({
    id: 'retrying',
    title: 'Retry queue',
    empty: null,
    columns: [
      { title: 'Issue', kind: 'issue' },
      { title: 'State' },
      { title: 'Attempt', kind: 'number' },
      { title: 'Due', kind: 'number' },
      { title: 'Because of', kind: 'wide' },
    ],
    key: ({ row }) => row.issue_id,
    create: ({ row }) => {
      const issue = new IssueCell(row.issue_identifier);
      const [state, attempt, due, error] = [span(), span(), span(), span()];
      error.dir = 'auto';
      return {
        cells: [issue.element, state, attempt, due, error],
        update: ({ row: latest, nowMs }) => {
          issue.update(latest.title);
          setText(state, plainLine(latest.state, 60));
          setText(attempt, grouped(latest.attempt));
          setText(due, until(latest.due_at, nowMs));
          setText(error, latest.error === null ? 'it goes on' : plainLine(latest.error));
        },
      };
    },
  });
}

/** Issues of the board that nobody works on, with the reason. */
export function boardTable(id: string, title: string): TableSection<BoardRow> {
  return tableSection<BoardRow>({
    id,
    title,
    empty: null,
    columns: [
      { title: 'Issue', kind: 'issue' },
      { title: 'State' },
      { title: 'Priority', kind: 'number' },
      { title: 'Reason', kind: 'wide' },
    ],
    key: ({ issue_id }) => issue_id,
    create: ({ issue_identifier }) => {
      const issue = new IssueCell(issue_identifier);
      const [state, priority, reason] = [span(), span(), span()];
      reason.dir = 'auto';
      return {
        cells: [issue.element, state, priority, reason],
        update: (latest) => {
          issue.update(latest.title);
          setText(state, plainLine(latest.state, 60));
          setText(priority, latest.priority === null ? 'none' : String(latest.priority));
          setText(reason, plainLine(latest.reason));
        },
      };
    },
  });
}

/** Issues that were worked on and are held no longer. */
export function endedTable(): TableSection<Timed<EndedRow>> {
  return tableSection<Timed<EndedRow>>({
    id: 'ended',
    title: 'Recently ended',
    empty: null,
    first: 10,
    columns: [
      { title: 'Issue', kind: 'issue' },
      { title: 'State' },
      { title: 'Attempts', kind: 'number' },
      { title: 'Ended', kind: 'number' },
      { title: 'Last outcome', kind: 'wide' },
    ],
    key: ({ row }) => row.issue_id,
    create: ({ row }) => {
      const issue = new IssueCell(row.issue_identifier);
      const [state, attempts, ended, outcome] = [span(), span(), span(), span()];
      return {
        cells: [issue.element, state, attempts, ended, outcome],
        update: ({ row: latest, nowMs }) => {
          issue.update(latest.title);
          setText(state, plainLine(latest.state, 60));
          setText(attempts, grouped(latest.attempts));
          setText(ended, ago(latest.last_event_at, nowMs));
          setText(outcome, latest.last_outcome === null ? 'none' : inWords(latest.last_outcome));
        },
      };
    },
  });
}

/** The machines that agents work on; where that is the daemon's own, there are none. */
export function workerTable(): TableSection<Timed<WorkerRow>> {
  return tableSection<Timed<WorkerRow>>({
    id: 'workers',
    title: 'Workers',
    empty: null,
    columns: [
      { title: 'Name', kind: 'medium' },
      { title: 'Running', kind: 'number' },
      { title: 'SSH links', kind: 'number' },
      { title: 'Condition', kind: 'wide' },
    ],
    key: ({ row }) => row.name,
    create: ({ row }) => {
      const [load, connections, condition] = [span(), span(), span()];
      condition.dir = 'auto';
      return {
        cells: [h('span', { dir: 'auto' }, plainLine(row.name, 100)), load, connections, condition],
        update: ({ row: latest, nowMs }) => {
          const { text, tone } = conditionOf(latest, nowMs);
          setText(load, loadOf(latest));
          setText(connections, latest.link === null ? 'none yet' : grouped(latest.link.connections));
          setText(condition, text);
          setAttribute(condition, 'class', `tone-${tone}`);
        },
      };
    },
  });
}

/** What went wrong lately, whether it still does or not. */
export function problemTable(): TableSection<Timed<Problem>> {
  return tableSection<Timed<Problem>>({
    id: 'problems',
    title: 'Latest problems',
    empty: null,
    first: 5,
    columns: [{ title: 'Time (UTC)', kind: 'medium' }, { title: 'Issue' }, { title: 'What', kind: 'wide' }],
    key: ({ row }) => `${row.at} ${row.code} ${row.issue_identifier} ${row.message}`,
    create: ({ row, nowMs }) => ({
      cells: [
        h('time', { datetime: row.at }, clockTime(row.at, nowMs)),
        row.issue_identifier === null ? h('span', {}, 'daemon') : issueLink(row.issue_identifier),
        h(
          'span',
          { dir: 'auto' },
          plainLine(row.message, 1_000),
          ' ',
          h('code', { class: 'note' }, row.code),
        ),
      ],
      update: () => {},
    }),
  });
}
