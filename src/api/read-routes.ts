import { z } from 'zod';
import { SymphonyError } from '../domain/error.js';
import { explainResponse } from './board.js';
import { healthResponse } from './health.js';
import { issueResponse } from './issue.js';
import { issuePaths, OF_ISSUE } from './issue-paths.js';
import { limit, name } from './query-parts.js';
import { NO_BODY, NOTHING, type Route, route } from './route.js';
import { IssueResponse, StateResponse } from './schema.js';
import { TranscriptResponse } from './schema-history.js';
import { ExplainResponse, HealthResponse, IssuesResponse } from './schema-issues.js';
import { transcriptResponse } from './transcript-reads.js';

const RECENT_EVENTS = 50;
const TRANSCRIPT_LINES = 200;

const health = route({
  name: 'getHealth',
  method: 'GET',
  paths: ['/api/v1/health'],
  summary: 'Whether the daemon lives, and whether it would begin new work.',
  description:
    '503 while nothing new would be begun, with the reasons; with `check=live` always 200, and at once: the journal is not waited for, nor told of.',
  access: 'read',
  params: NOTHING,
  query: z.object({
    check: z
      .enum(['live', 'ready'], { error: 'check is not "live" or "ready"' })
      .default('ready')
      .describe('What the status is to tell.'),
  }),
  body: NO_BODY,
  response: HealthResponse,
  statuses: [200, 503],
}).answeredBy(async ({ answers, commands, now }, { query }) => {
  // Whoever only wants to know whether it lives does not wait for a disk.
  const isCommitted = query.check === 'live' || (await commands.committed());
  const body = healthResponse(() => answers.snapshot(), { nowMs: now(), isCommitted });
  return { status: body.ready || query.check === 'live' ? 200 : 503, body };
});

const state = route({
  name: 'getState',
  method: 'GET',
  paths: ['/api/v1/state'],
  summary: 'What runs, waits and is blocked, with totals.',
  access: 'read',
  params: NOTHING,
  query: NOTHING,
  body: NO_BODY,
  response: StateResponse,
  statuses: [200],
  refusals: ['snapshot_unavailable'],
}).answeredBy(({ answers }) => ({ body: answers.state() }));

const issues = route({
  name: 'getIssues',
  method: 'GET',
  paths: ['/api/v1/issues'],
  summary: 'Every issue that is known, each with why it is, or is not, being worked on.',
  access: 'read',
  params: NOTHING,
  query: NOTHING,
  body: NO_BODY,
  response: IssuesResponse,
  statuses: [200],
  refusals: ['snapshot_unavailable'],
}).answeredBy(({ answers }) => ({ body: answers.issues() }));

/** Of a question that is handed on to the tracker. */
const TRACKER_REFUSALS = [
  'tracker_request',
  'tracker_status',
  'tracker_response',
  'tracker_pagination',
  'tracker_rate_limited',
  'tracker_timeout',
] as const;

const issue = route({
  name: 'getIssue',
  method: 'GET',
  paths: issuePaths(),
  summary: 'One issue: its run, its attempts, its latest events, what it has used.',
  description: 'Also of issues that wait, that a rule keeps out, and that ended not long ago.',
  access: 'read',
  params: OF_ISSUE,
  query: NOTHING,
  body: NO_BODY,
  response: IssueResponse,
  statuses: [200],
  refusals: ['issue_not_found', 'snapshot_unavailable'],
}).answeredBy(({ answers, history, transcripts }, { params: { issue_identifier: identifier } }) => {
  const known = answers.known(identifier);
  const { events } = history.events({ identifier, limit: RECENT_EVENTS });
  const sessions = transcripts.sessions(identifier);
  return { body: issueResponse({ known, snapshot: answers.snapshot(), events, sessions }) };
});

const explain = route({
  name: 'explainIssue',
  method: 'GET',
  paths: issuePaths('explain'),
  summary:
    'Why an issue of the board is, or is not, being worked on: every rule with its verdict and its fact.',
  description:
    'Of an issue that nothing holds and no poll listed, the tracker is asked, at most ten times a minute and for at most five seconds. While it takes its time the answer is `explanation_pending`, after a tenth of a second; ask again as `Retry-After` says (`curl --retry 6` does).',
  access: 'read',
  params: OF_ISSUE,
  query: NOTHING,
  body: NO_BODY,
  response: ExplainResponse,
  statuses: [200],
  refusals: ['issue_not_found', 'explanation_pending', ...TRACKER_REFUSALS],
}).answeredBy(async ({ lookUps }, { params: { issue_identifier: identifier } }) => {
  const explanation = await lookUps.explain(identifier);
  if (explanation !== null) return { body: explainResponse(explanation) };
  throw new SymphonyError('issue_not_found', `The tracker knows no issue ${identifier}.`);
});

const transcript = route({
  name: 'getTranscript',
  method: 'GET',
  paths: issuePaths('transcript'),
  summary: 'What was said between the daemon and the agent, without secrets.',
  description:
    'In pages: `next` of one answer is `after` of the next. An answer may hold fewer lines than `limit`.',
  access: 'read',
  params: OF_ISSUE,
  query: z.object({
    session: name('session', 200).describe('A label of `sessions`, or `latest`, which is also the default.'),
    after: name('after', 200).describe('Where the page begins; from the beginning unless given.'),
    limit: limit(1_000).describe(`How many lines at most; ${TRANSCRIPT_LINES} unless given.`),
  }),
  body: NO_BODY,
  response: TranscriptResponse,
  statuses: [200],
  refusals: ['issue_not_found', 'not_found'],
}).answeredBy(async ({ answers, transcripts }, { params: { issue_identifier: identifier }, query }) => {
  const sessions = transcripts.sessions(identifier);
  if (sessions.length === 0) answers.known(identifier);
  const { session = null, after = null, limit: lines = TRANSCRIPT_LINES } = query;
  const page = await transcripts.read(identifier, { session, after, limit: lines });
  if (page === null && session !== null) {
    throw new SymphonyError('not_found', `There is no session ${session} of ${identifier}.`);
  }
  return { body: transcriptResponse(identifier, sessions, page) };
});

/** What only shows. */
export const READ_ROUTES: readonly Route[] = [health, state, issues, issue, explain, transcript];
