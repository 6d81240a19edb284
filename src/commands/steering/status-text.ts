import type { StateResponse } from '../../client/client.js';
import type { Trouble } from '../../client/state-watch.js';
import { grouped, span } from '../../dashboard/text/format.js';
import { plainLine } from '../../dashboard/text/text.js';
import { listLines, type TableColumn, tableLines } from './table.js';

/** Of issues that nobody works on. */
const MOST_NAMED = 10;
/** Enough to read why nothing new starts; what is below has to be seen too. */
const MOST_FACT_LINES = 4;

/** The state of a daemon for a person. Ages are as of when the daemon made it, so that clocks need not agree. */
export function statusLines(state: StateResponse, trouble: Trouble | null, limit: number | null): string[] {
  const atMs = Date.parse(state.generated_at);
  const age = (time: string | null): string => (time === null ? '-' : span(atMs - Date.parse(time)));
  return [
    ...listLines(
      [['Stale', trouble === null ? null : plainLine(trouble.error.message)], ...facts(state, age)],
      limit,
      MOST_FACT_LINES,
    ),
    ...section('Blocked', BLOCKED, blockedRows(state, age), limit),
    ...section('Running', RUNNING, runningRows(state, age), limit),
    ...section('Retrying', RETRYING, retryingRows(state, atMs), limit),
    ...section('Set aside', PARKED, parkedRows(state), limit),
    ...section('Workers', WORKERS, workerRows(state, atMs), limit),
    ...section('Problems', PROBLEMS, problemRows(state, age), limit),
  ];
}

type Age = (time: string | null) => string;

/** When its end began is not known. */
function lifeText({ mode, started_at }: StateResponse, age: Age): string {
  return mode === 'running' ? `running for ${age(started_at)}` : `${mode}, up for ${age(started_at)}`;
}

function facts(state: StateResponse, age: Age): (readonly [string, string | null])[] {
  const { counts, waiting, ineligible, codex_totals: totals, hold, account_limit, workflow_error } = state;
  const others = `${counts.retrying} retrying, ${counts.blocked} blocked, ${counts.parked} set aside`;
  const used = `${grouped(totals.input_tokens)} in, ${grouped(totals.output_tokens)} out`;
  return [
    ['Daemon', `${lifeText(state, age)}, as of ${state.generated_at}`],
    ['Dispatch', hold === null ? null : `${hold.kind} for ${age(hold.since)}`],
    ['Agents', `${counts.running} of ${state.max_concurrent_agents} running, ${others}`],
    ['Waiting', waiting.count === 0 ? null : `${grouped(waiting.count)}: ${names(waiting)}`],
    [
      'Not eligible',
      // The command first: it must outlive the cut of a long line.
      ineligible.count === 0
        ? null
        : `${grouped(ineligible.count)}, "symphony explain ID" says why: ${names(ineligible)}`,
    ],
    ['Tracker', trackerText(state, age)],
    ['Tokens', `${grouped(totals.total_tokens)} (${used}), ${grouped(state.throughput.tokens_per_second)}/s`],
    ['Runtime', span(totals.seconds_running * 1_000)],
    [
      'Account',
      account_limit === null ? null : `${plainLine(account_limit.reason)}, until ${account_limit.until}`,
    ],
    ['Workflow', workflow_error === null ? null : `nothing new starts: ${plainLine(workflow_error.message)}`],
  ];
}

function names({ count, issue_identifiers: identifiers }: StateResponse['waiting']): string {
  const named = identifiers.slice(0, MOST_NAMED).map(plainLine).join(', ');
  return count > MOST_NAMED ? `${named}, …` : named;
}

function trackerText({ polling, tracker_kind }: StateResponse, age: Age): string {
  const { checking, error, last_success_at, next_poll_in_ms, paused_until, requests } = polling;
  const next =
    paused_until !== null
      ? `paused until ${paused_until}`
      : next_poll_in_ms !== null
        ? `next poll in ${span(next_poll_in_ms)}`
        : null;
  const parts = [
    plainLine(tracker_kind),
    last_success_at === null ? 'not read yet' : `read ${age(last_success_at)} ago`,
    checking ? 'being polled' : next,
    requests === null ? null : `${grouped(requests.remaining)} of ${grouped(requests.limit)} requests left`,
    error === null ? null : plainLine(error.message),
  ];
  return parts.filter((part) => part !== null).join(', ');
}

function section(
  title: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  limit: number | null,
): string[] {
  return rows.length === 0 ? [] : ['', title, ...tableLines(columns, rows, limit)];
}

function runningRows({ running }: StateResponse, age: Age): readonly (readonly string[])[] {
  // A host matters where there is another one than this machine.
  const usesHosts = running.some((row) => row.worker_host !== null && row.worker_host !== 'local');
  return running.map((row) => [
    plainLine(row.issue_identifier),
    plainLine(row.state),
    row.stopping === null ? row.phase : 'stopping',
    age(row.started_at),
    String(row.turn_count),
    grouped(row.tokens.total_tokens),
    usesHosts ? plainLine(row.worker_host ?? '') : '',
    plainLine(row.last_message ?? row.last_event ?? ''),
  ]);
}

function blockedRows({ blocked }: StateResponse, age: Age): readonly (readonly string[])[] {
  return blocked.map((row) => [
    plainLine(row.issue_identifier),
    plainLine(row.state),
    age(row.blocked_at),
    plainLine(row.question.text),
  ]);
}

/** What is held beyond its time has no seconds to go; its row says what holds it. */
function dueText(leftMs: number): string {
  return leftMs <= 0 ? 'now' : `in ${span(leftMs)}`;
}

function retryingRows({ retrying }: StateResponse, atMs: number): readonly (readonly string[])[] {
  return retrying.map((row) => [
    plainLine(row.issue_identifier),
    plainLine(row.state),
    String(row.attempt),
    dueText(Date.parse(row.due_at) - atMs),
    plainLine(row.error ?? ''),
  ]);
}

function parkedRows({ parked }: StateResponse): readonly (readonly string[])[] {
  return parked.map((row) => [
    plainLine(row.issue_identifier),
    plainLine(row.state),
    row.until ?? '-',
    plainLine(row.reason),
  ]);
}

function workerRows({ hosts }: StateResponse, atMs: number): readonly (readonly string[])[] {
  return hosts.map(({ name, running, capacity, link, down, draining }) => {
    const leaves = draining ? 'gets nothing new' : '';
    return [
      plainLine(name),
      capacity === null ? String(running) : `${running}/${capacity}`,
      link === null ? '-' : String(link.connections),
      down === null ? leaves : downText(down, atMs),
    ];
  });
}

function downText(
  { reason, since, next_try_at }: NonNullable<StateResponse['hosts'][number]['down']>,
  atMs: number,
): string {
  const dueMs = Date.parse(next_try_at) - atMs;
  const next = dueMs > 0 ? `next try in ${span(dueMs)}` : 'being tried now';
  return `down for ${span(atMs - Date.parse(since))}, ${next}: ${plainLine(reason)}`;
}

function problemRows({ problems }: StateResponse, age: Age): readonly (readonly string[])[] {
  return problems.map((row) => [
    `${age(row.at)} ago`,
    row.code,
    plainLine(row.issue_identifier ?? '-'),
    plainLine(row.message),
  ]);
}

const RUNNING: readonly TableColumn[] = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'PHASE' },
  { title: 'AGE', align: 'right' },
  { title: 'TURNS', align: 'right' },
  { title: 'TOKENS', align: 'right' },
  { title: 'HOST', ifUsed: true },
  { title: 'LAST', gives: true },
];
const BLOCKED: readonly TableColumn[] = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'FOR', align: 'right' },
  { title: 'ASKS', gives: true },
];
const RETRYING: readonly TableColumn[] = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'ATTEMPT', align: 'right' },
  { title: 'DUE', align: 'right' },
  { title: 'ERROR', gives: true },
];
const PARKED: readonly TableColumn[] = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'UNTIL' },
  { title: 'REASON', gives: true },
];
const WORKERS: readonly TableColumn[] = [
  { title: 'HOST' },
  { title: 'RUNNING', align: 'right' },
  { title: 'CONNECTIONS', align: 'right' },
  { title: 'NOTE', gives: true, ifUsed: true },
];
const PROBLEMS: readonly TableColumn[] = [
  { title: 'TIME', align: 'right' },
  { title: 'CODE' },
  { title: 'ID' },
  { title: 'PROBLEM', gives: true },
];
