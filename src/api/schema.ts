import { z } from 'zod';
import { ERROR_CODES } from '../domain/error.js';
import type { Answer } from '../domain/session.js';
import type { RateLimits } from '../domain/usage.js';
import { AttemptResponse, TokensAt } from './schema-history.js';
import { Identity, Problem, Time, Tokens } from './schema-parts.js';

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

const Running = z.strictObject({
  ...Place.shape,
  ...Session.shape,
  state: z.string(),
  started_at: Time,
  attempt: z.int().nullable(),
  phase: z.string(),
  stopping: z.string().nullable(),
  process_id: z.int().nullable(),
});

const Retrying = z.strictObject({
  ...Place.shape,
  attempt: z.int(),
  due_at: Time,
  error: z.string().nullable(),
});

const Blocked = z.strictObject({
  ...Place.shape,
  ...Session.shape,
  state: z.string(),
  error: z.string(),
  question: Question,
  blocked_at: Time,
});

const Parked = z.strictObject({
  ...Place.shape,
  cause: z.enum(['usageLimit', 'operator']),
  reason: z.string(),
  until: Time.nullable(),
  attempt: z.int().nullable(),
});

/** `GET /api/v1/state` (SPEC 13.7.2). Fields may be added within v1, none renamed. */
export const StateResponse = z.strictObject({
  generated_at: Time,
  started_at: Time,
  mode: z.enum(['running', 'stopping']),
  /** Set while a person lets nothing new begin. */
  hold: z.strictObject({ kind: z.enum(['paused', 'draining']), since: Time }).nullable(),
  tracker_kind: z.string(),
  max_concurrent_agents: z.int(),
  counts: z.strictObject({ running: z.int(), retrying: z.int(), blocked: z.int(), parked: z.int() }),
  running: z.array(z.strictObject({ ...Identity.shape, ...Running.shape })),
  retrying: z.array(z.strictObject({ ...Identity.shape, ...Retrying.shape })),
  blocked: z.array(z.strictObject({ ...Identity.shape, ...Blocked.shape })),
  parked: z.array(z.strictObject({ ...Identity.shape, ...Parked.shape })),
  waiting: z.strictObject({ count: z.int(), issue_identifiers: z.array(z.string()) }),
  codex_totals: z.strictObject({ ...Tokens.shape, seconds_running: z.number().nonnegative() }),
  throughput: z.strictObject({
    tokens_per_second: z.int().nonnegative(),
    samples: z.array(z.int().nonnegative()),
    sample_ms: z.int(),
  }),
  /** As the agent words it. */
  rate_limits: z
    .custom<RateLimits>((value) => z.record(z.string(), z.json()).safeParse(value).success)
    .nullable(),
  polling: z.strictObject({
    checking: z.boolean(),
    poll_interval_ms: z.int(),
    configured_interval_ms: z.int(),
    paused_until: Time.nullable(),
    requests: z.strictObject({ limit: z.int(), remaining: z.int() }).nullable(),
    next_poll_in_ms: z.int().nonnegative().nullable(),
    last_success_at: Time.nullable(),
    error: Problem.nullable(),
  }),
  workflow_error: Problem.nullable(),
  account_limit: z.strictObject({ until: Time, reason: z.string() }).nullable(),
  problems: z.array(Problem),
});
export type StateResponse = z.infer<typeof StateResponse>;

/** `GET /api/v1/<issue_identifier>` (SPEC 13.7.2). */
export const IssueResponse = z.strictObject({
  ...Identity.shape,
  /** `ended`: nothing holds it any more, and what was done for it is still remembered. */
  status: z.enum(['running', 'retrying', 'blocked', 'parked', 'waiting', 'ineligible', 'ended']),
  workspace: z.strictObject({ path: z.string().nullable(), host: z.string().nullable() }),
  attempts: z.strictObject({ restart_count: z.int(), current_retry_attempt: z.int() }),
  running: Running.nullable(),
  retry: Retrying.nullable(),
  blocked: Blocked.nullable(),
  parked: Parked.nullable(),
  logs: z.strictObject({
    codex_session_logs: z.array(
      z.strictObject({ label: z.string(), path: z.string(), url: z.string().nullable() }),
    ),
  }),
  recent_events: z.array(z.strictObject({ at: Time, event: z.string(), message: z.string().nullable() })),
  last_error: z.string().nullable(),
  /** Its run attempts, the oldest first; bounded. */
  history: z.array(AttemptResponse),
  /** What they have used, over time. */
  tokens_over_time: z.array(TokensAt),
  tracked: z.record(z.string(), z.json()),
});
export type IssueResponse = z.infer<typeof IssueResponse>;

/** `POST /api/v1/refresh` (SPEC 13.7.2). */
export const RefreshResponse = z.strictObject({
  queued: z.boolean(),
  coalesced: z.boolean(),
  requested_at: Time,
  operations: z.array(z.enum(['poll', 'reconcile'])),
});
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
  })
  .transform(({ decision, text }, context): Answer => {
    if (decision !== undefined && text === undefined) return { kind: decision };
    if (decision === undefined && text !== undefined) return { kind: 'text', text };
    context.addIssue({ code: 'custom', message: 'it holds neither or both of decision and text' });
    return z.NEVER;
  });

/** `POST /api/v1/<issue_identifier>/answer`. */
export const AnswerResponse = z.strictObject({ queued: z.literal(true), issue_identifier: z.string() });
export type AnswerResponse = z.infer<typeof AnswerResponse>;

/** `POST /api/v1/webhooks/<tracker kind>`. */
export const WebhookResponse = z.strictObject({ accepted: z.literal(true) });
export type WebhookResponse = z.infer<typeof WebhookResponse>;

/** Every answer that is not a success. */
export const ErrorResponse = z.strictObject({
  error: z.strictObject({ code: z.enum(ERROR_CODES), message: z.string() }),
});
export type ErrorResponse = z.infer<typeof ErrorResponse>;
