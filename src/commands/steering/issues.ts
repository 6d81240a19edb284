import type { IssuesResponse } from '../../client/client.js';
import { plainLine } from '../../dashboard/text/text.js';
import { daemonOf, type Target } from './connection.js';
import { type Output, print, printJson, widthOf } from './output.js';
import { tableLines } from './table.js';

/** What `symphony issues` was asked. */
export interface IssuesOptions extends Target, Pick<Output, 'stdout'> {
  readonly json: boolean;
}

/**
 * Prints every issue that the daemon knows, and returns the exit code.
 * @throws SymphonyError `daemon_unreachable`
 */
export async function issues(options: IssuesOptions): Promise<number> {
  const known = await daemonOf(options).issues();
  if (options.json) printJson(options, known);
  else print(options, issueLines(known, widthOf(options)));
  return 0;
}

function issueLines({ issues: board, ended }: IssuesResponse, limit: number | null): string[] {
  if (board.length === 0 && ended.length === 0) return ['The daemon knows no issues.'];
  const rows = board.map((issue) => [
    plainLine(issue.issue_identifier),
    plainLine(issue.state),
    issue.standing,
    issue.priority === null ? '-' : String(issue.priority),
    plainLine(issue.title),
    plainLine(issue.reason),
  ]);
  const past = ended.map((issue) => [
    plainLine(issue.issue_identifier),
    plainLine(issue.state),
    String(issue.attempts),
    issue.last_outcome ?? '-',
    issue.last_event_at,
    plainLine(issue.title),
  ]);
  return [
    ...(rows.length === 0 ? [] : tableLines(BOARD, rows, limit)),
    ...(rows.length === 0 || past.length === 0 ? [] : ['']),
    ...(past.length === 0 ? [] : ['Ended', ...tableLines(ENDED, past, limit)]),
  ];
}

const BOARD = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'STANDING' },
  { title: 'PRIORITY', align: 'right' },
  { title: 'TITLE', gives: true },
  { title: 'REASON', gives: true },
] as const;

const ENDED = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'ATTEMPTS', align: 'right' },
  { title: 'OUTCOME' },
  { title: 'LAST EVENT' },
  { title: 'TITLE', gives: true },
] as const;
