import { z } from 'zod';
import { ERROR_CODES } from '../domain/error.js';
import type { Answer } from '../domain/session.js';
import { AttemptResponse, TokensAt } from './schema-history.js';
import { components, Identity, Json, Problem, Time, Tokens } from './schema-parts.js';

const Place = z.strictObject({
  worker_host: z.string().nullable(),
  workspace_path: z.string().nullable(),
});

const Session = z.strictObject({
  session_id: z.string().nullable(),
  turn_count: z.int().nonnegative(),
  last_event: z.string().nullable(),
  last_message: z.string().nullable(),
  last_event_at: Time.nullable(),
  tokens: Tokens,
});

const Question = z.strictObject({ kind: z.string(), text: z.string(), choices: z.array(z.string()) });

const Running = z
  .strictObject({
    ...Place.shape,
    ...Session.shape,
    state: z.string(),
    started_at: Time,
    attempt: z.int().nullable(),
    phase: z.string(),
    stopping: z.string().nullable(),
    process_id: z.int().nullable(),
  })
  .register(components, { id: 'Run' });

const Retrying = z
  .strictObject({
    ...Place.shape,
    attempt: z.int(),
    due_at: Time,
    error: z.string().nullable(),
  })
  .register(components, { id: 'RetryEntry' });

const Blocked = z
  .strictObject({
    ...Place.shape,
    ...Session.shape,
    state: z.string(),
    error: z.string(),
    question: Question,
    blocked_at: Time,
  })
  .register(components, { id: 'Block' });

const Parked = z
  .strictObject({
    ...Place.shape,
    cause: z.enum(['usageLimit', 'operator']),
    reason: z.string(),
    until: Time.nullable(),
    attempt: z.int().nullable(),
  })
  .register(components, { id: 'Parking' });

const inRow = <Shape extends z.core.$ZodShape>(part: z.ZodObject<Shape>, id: string) =>
  z.strictObject({ ...Identity.shape, ...part.shape }).register(components, { id });

const Host = z
  .strictObject({
    name: z.string().describe('As configured.'),
    running: z.int().nonnegative(),
    capacity: z.int().nullable().describe('Null for no limit of its own.'),
    link: z
      .strictObject({ connections: z.int().nonnegative(), sessions: z.int().nonnegative() })
      .nullable()
      .describe('Null while nothing has been asked of it.'),
    down: z
      .strictObject({ reason: z.string(), since: Time, next_try_at: Time })
      .nullable()
      .describe('Set while it is not used because it did not answer.'),
    draining: z.boolean().describe('It left the settings, and what runs there goes on to its end.'),
  })
  .register(components, { id: 'Host' });

/** `GET /api/v1/state` (SPEC 13.7.2). Fields may be added within v1, none renamed. */
export const StateResponse = z
  .strictObject({
    generated_at: Time,
    started_at: Time,
    mode: z.enum(['running', 'stopping']),
    hold: z
      .strictObject({ kind: z.enum(['paused', 'draining']), since: Time })
      .nullable()
      .describe('Set while a person lets nothing new begin.'),
    tracker_kind: z.string(),
    max_concurrent_agents: z.int(),
    counts: z.strictObject({ running: z.int(), retrying: z.int(), blocked: z.int(), parked: z.int() }),
    running: z.array(inRow(Running, 'RunningIssue')),
    retrying: z.array(inRow(Retrying, 'RetryingIssue')),
    blocked: z.array(inRow(Blocked, 'BlockedIssue')),
    parked: z.array(inRow(Parked, 'ParkedIssue')),
    links: z
      .strictObject({ dashboard: z.string().nullable(), project: z.string().nullable() })
      .describe('Where people see more: the page of the daemon, and the project in the tracker.'),
    hosts: z.array(Host).describe('SSH workers; empty when work runs on the machine of the daemon.'),
    waiting: z
      .strictObject({ count: z.int(), issue_identifiers: z.array(z.string()) })
      .describe('Issues that may start and that no one works on, and the first of them.'),
    ineligible: z
      .strictObject({ count: z.int(), issue_identifiers: z.array(z.string()) })
      .describe('Issues in active states that a rule keeps out, and the first of them.'),
    codex_totals: z.strictObject({ ...Tokens.shape, seconds_running: z.number().nonnegative() }),
    throughput: z
      .strictObject({
        tokens_per_second: z.int().nonnegative().describe('Over the last five seconds.'),
        samples: z
          .array(z.int().nonnegative())
          .describe('Tokens per second in each of the latest stretches.'),
        sample_ms: z.int().describe('How long a stretch is.'),
      })
      .describe('Of all runs together.'),
    rate_limits: z.record(z.string(), Json).nullable().describe('As the agent words them.'),
    polling: z.strictObject({
      checking: z.boolean(),
      poll_interval_ms: z.int().describe('In force; longer while the allowance of the tracker runs low.'),
      configured_interval_ms: z.int(),
      paused_until: Time.nullable().describe('Set while the tracker throttles.'),
      requests: z
        .strictObject({ limit: z.int(), remaining: z.int() })
        .nullable()
        .describe('What is left of the allowance of the tracker, where that is known.'),
      next_poll_in_ms: z.int().nonnegative().nullable(),
      last_success_at: Time.nullable(),
      error: Problem.nullable().describe('The failure of the last poll.'),
    }),
    workflow_error: Problem.nullable().describe(
      'Set while the workflow file is invalid: nothing new begins.',
    ),
    account_limit: z
      .strictObject({ until: Time, reason: z.string() })
      .nullable()
      .describe("Set while a limit of the agent's account holds everything new."),
    problems: z.array(Problem).describe('The newest last, at most twenty.'),
  })
  .register(components, { id: 'State' });
export type StateResponse = z.infer<typeof StateResponse>;

/** `GET /api/v1/<issue_identifier>` (SPEC 13.7.2). */
export const IssueResponse = z
  .strictObject({
    ...Identity.shape,
    status: z
      .enum(['running', 'retrying', 'blocked', 'parked', 'waiting', 'ineligible', 'ended'])
      .describe('`ended`: nothing holds it any more, and what was done for it is still remembered.'),
    workspace: z.strictObject({ path: z.string().nullable(), host: z.string().nullable() }),
    attempts: z.strictObject({ restart_count: z.int(), current_retry_attempt: z.int() }),
    running: Running.nullable(),
    retry: Retrying.nullable(),
    blocked: Blocked.nullable(),
    parked: Parked.nullable(),
    logs: z.strictObject({
      codex_session_logs: z
        .array(z.strictObject({ label: z.string(), path: z.string(), url: z.string().nullable() }))
        .describe('Its transcripts, the latest first; `url` is relative to this server.'),
    }),
    recent_events: z
      .array(z.strictObject({ at: Time, event: z.string(), message: z.string().nullable() }))
      .describe('At most fifty, the newest last; `/events` has all that are kept.'),
    last_error: z.string().nullable(),
    history: z.array(AttemptResponse).describe('Its run attempts, the oldest first; bounded.'),
    tokens_over_time: z.array(TokensAt).describe('What its attempts have used.'),
    tracked: z.record(z.string(), Json),
  })
  .register(components, { id: 'Issue' });
export type IssueResponse = z.infer<typeof IssueResponse>;

/** `POST /api/v1/refresh` (SPEC 13.7.2). */
export const RefreshResponse = z
  .strictObject({
    queued: z.boolean(),
    coalesced: z.boolean().describe('A poll was under way or due already, and this one is part of it.'),
    requested_at: Time,
    operations: z.array(z.enum(['poll', 'reconcile'])),
  })
  .register(components, { id: 'Refresh' });
export type RefreshResponse = z.infer<typeof RefreshResponse>;

/** What could make a terminal or an agent see something else than a person wrote. */
const CONTROL_CHARACTER = /[^\P{Cc}\n\t]/u;
const MAX_ANSWER_LENGTH = 10_000;

/** What `POST /api/v1/<issue_identifier>/answer` takes: a decision, or words for the agent. */
export const AnswerRequest = z
  .strictObject({
    decision: z.enum(['approve', 'decline'], { error: 'decision is not "approve" or "decline"' }).optional(),
    text: z
      .string({ error: 'text is not a string' })
      .refine((text) => text.trim() !== '', 'text is empty')
      .max(MAX_ANSWER_LENGTH, `text has more than ${MAX_ANSWER_LENGTH} characters`)
      .refine((text) => !CONTROL_CHARACTER.test(text), 'text has other control characters than \\n and \\t')
      .optional(),
    question: z
      .string({ error: 'question is not a string' })
      .describe('The text of the question that is answered, as it was shown; another one is not answered.')
      .optional(),
  })
  .transform(({ decision, text, question }, context): { answer: Answer; question: string | undefined } => {
    if (decision !== undefined && text === undefined) return { answer: { kind: decision }, question };
    if (decision === undefined && text !== undefined) return { answer: { kind: 'text', text }, question };
    context.addIssue({ code: 'custom', message: 'it holds neither or both of decision and text' });
    return z.NEVER;
  });

/** `POST /api/v1/<issue_identifier>/answer`. */
export const AnswerResponse = z
  .strictObject({
    queued: z.literal(true),
    issue_identifier: z.string(),
    message: z.string().describe('What happens now, as a sentence.'),
  })
  .register(components, { id: 'Answer' });
export type AnswerResponse = z.infer<typeof AnswerResponse>;

/** `POST /api/v1/webhooks/<tracker kind>`. */
export const WebhookResponse = z
  .strictObject({ accepted: z.literal(true) })
  .register(components, { id: 'Delivery' });
export type WebhookResponse = z.infer<typeof WebhookResponse>;

/** Every answer that is not a success. */
export const ErrorResponse = z
  .strictObject({
    error: z.strictObject({
      code: z.enum(ERROR_CODES).describe('One of those of docs/errors.md.'),
      message: z.string().describe('What went wrong and, where there is one, the mend.'),
    }),
  })
  .register(components, { id: 'Error' });
export type ErrorResponse = z.infer<typeof ErrorResponse>;
