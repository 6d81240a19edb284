import type { IssueResponse } from '../../client/client.js';
import { grouped, span } from '../../dashboard/text/format.js';
import { plainLine } from '../../dashboard/text/text.js';
import { daemonOf, type Target } from './connection.js';
import { withIssue } from './issue-name.js';
import { type Output, print, printJson, widthOf } from './output.js';
import { listLines, tableLines } from './table.js';

/** What `symphony show` was asked. */
export interface ShowOptions extends Target, Pick<Output, 'stdout'> {
  readonly name: string;
  readonly json: boolean;
}

/** Of what is remembered, the latest is what people look for. */
const EVENTS_SHOWN = 20;

/**
 * Prints all that the daemon knows of one issue, and returns the exit code.
 * @throws SymphonyError `daemon_unreachable` or `issue_not_found`
 */
export async function show(options: ShowOptions): Promise<number> {
  const client = daemonOf(options);
  const issue = await withIssue(client, options.name, (identifier) => client.issue(identifier));
  if (options.json) printJson(options, issue);
  else print(options, issueLines(issue, widthOf(options)));
  return 0;
}

function issueLines(issue: IssueResponse, limit: number | null): string[] {
  const title = plainLine(`${issue.issue_identifier}: ${issue.title}`);
  return [
    ...tableLines([{ title, gives: true }], [], limit),
    ...listLines(facts(issue), limit),
    ...section('Attempts', tableLines(ATTEMPTS, issue.history.map(attemptRow), limit), issue.history.length),
    ...section(
      'Recent events',
      tableLines(EVENTS, issue.recent_events.slice(-EVENTS_SHOWN).map(eventRow), limit),
      issue.recent_events.length,
    ),
  ];
}

function section(title: string, lines: readonly string[], rows: number): string[] {
  return rows === 0 ? [] : ['', title, ...lines];
}

function facts(issue: IssueResponse): (readonly [string, string | null])[] {
  const { running, retry, blocked, parked, workspace, logs } = issue;
  const host = workspace.host === null ? '' : ` on ${workspace.host}`;
  return [
    ['State', `${plainLine(issue.state)} (${issue.status})`],
    ['Link', issue.issue_url === null ? null : plainLine(issue.issue_url)],
    ['Workspace', workspace.path === null ? null : `${plainLine(workspace.path)}${host}`],
    ...sessionFacts(running ?? blocked),
    ['Phase', running === null ? null : phaseText(running)],
    ['Retry', retry === null ? null : `attempt ${retry.attempt} at ${retry.due_at}`],
    ['Asks', blocked === null ? null : questionText(blocked)],
    ['Set aside', parked === null ? null : parkedText(parked)],
    ['Last error', issue.last_error === null ? null : plainLine(issue.last_error)],
    ...logs.codex_session_logs.map((log) => ['Transcript', plainLine(log.path)] as const),
  ];
}

type Session = NonNullable<IssueResponse['running']> | NonNullable<IssueResponse['blocked']>;

function sessionFacts(session: Session | null): (readonly [string, string | null])[] {
  if (session === null) return [];
  const { session_id, turn_count, tokens, last_event, last_message, last_event_at } = session;
  const last = [last_event_at, last_event, last_message].flatMap((part) =>
    part === null ? [] : [plainLine(part)],
  );
  return [
    ['Session', session_id === null ? null : plainLine(session_id)],
    ['Turns', `${turn_count}, ${grouped(tokens.total_tokens)} tokens`],
    ['Last', last.join('  ')],
  ];
}

function phaseText({ phase, stopping, started_at, attempt }: NonNullable<IssueResponse['running']>): string {
  const stop = stopping === null ? '' : `, being stopped (${stopping})`;
  const run = attempt === null ? 'first run' : `attempt ${attempt}`;
  return `${phase} since ${started_at}, ${run}${stop}`;
}

function questionText({ question, blocked_at }: NonNullable<IssueResponse['blocked']>): string {
  const choices = question.choices.length === 0 ? '' : ` (${question.choices.map(plainLine).join(', ')})`;
  return `${plainLine(question.text)}${choices}, since ${blocked_at}`;
}

function parkedText({ reason, until }: NonNullable<IssueResponse['parked']>): string {
  return `${plainLine(reason)}${until === null ? '' : `, until ${until}`}`;
}

function attemptRow(attempt: IssueResponse['history'][number]): readonly string[] {
  const { started_at, ended_at } = attempt;
  return [
    attempt.attempt === null ? 'first' : String(attempt.attempt),
    started_at,
    ended_at === null ? 'runs' : span(Date.parse(ended_at) - Date.parse(started_at)),
    String(attempt.turn_count),
    grouped(attempt.tokens.total_tokens),
    attempt.outcome ?? '-',
    plainLine(attempt.detail ?? ''),
  ];
}

function eventRow({ at, event, message }: IssueResponse['recent_events'][number]): readonly string[] {
  return [at, plainLine(event), plainLine(message ?? '')];
}

const ATTEMPTS = [
  { title: 'ATTEMPT' },
  { title: 'STARTED' },
  { title: 'LASTED', align: 'right' },
  { title: 'TURNS', align: 'right' },
  { title: 'TOKENS', align: 'right' },
  { title: 'OUTCOME' },
  { title: 'DETAIL', gives: true, wraps: true },
] as const;

const EVENTS = [
  { title: 'TIME' },
  { title: 'EVENT' },
  { title: 'MESSAGE', gives: true, wraps: true },
] as const;
