import { z } from 'zod';
import { Time, Tokens } from './schema-parts.js';

/** One thing that happened. */
export const EventResponse = z.strictObject({
  /** Opaque; later events have later ids within a daemon's life. */
  id: z.string(),
  at: Time,
  issue_id: z.string().nullable(),
  issue_identifier: z.string().nullable(),
  kind: z.string(),
  level: z.enum(['debug', 'info', 'warn', 'error']),
  message: z.string(),
  fields: z.record(z.string(), z.json()),
});
export type EventResponse = z.infer<typeof EventResponse>;

/** `GET /api/v1/events` as JSON, and `GET /api/v1/<issue_identifier>/events`. */
export const EventsResponse = z.strictObject({
  events: z.array(EventResponse),
  /** Events right before the first of these are no longer known. */
  has_gap: z.boolean(),
  /** There are more; ask again with `after` set to the last id. */
  has_more: z.boolean(),
});
export type EventsResponse = z.infer<typeof EventsResponse>;

/** One run attempt. */
export const AttemptResponse = z.strictObject({
  run_id: z.int(),
  attempt: z.int().nullable(),
  started_at: Time,
  ended_at: Time.nullable(),
  /** Null while it runs. */
  outcome: z.string().nullable(),
  detail: z.string().nullable(),
  phases: z.array(z.strictObject({ phase: z.string(), at: Time })),
  worker_host: z.string().nullable(),
  workspace_path: z.string().nullable(),
  session_id: z.string().nullable(),
  turn_count: z.int().nonnegative(),
  tokens: Tokens,
});
export type AttemptResponse = z.infer<typeof AttemptResponse>;

/** What had been used by then. */
export const TokensAt = z.strictObject({ at: Time, total_tokens: z.int().nonnegative() });

/** `GET /api/v1/<issue_identifier>/transcript`: what was said between the daemon and the agent. */
export const TranscriptResponse = z.strictObject({
  issue_identifier: z.string(),
  /** Every session that is kept, the oldest first. */
  sessions: z.array(z.strictObject({ label: z.string(), path: z.string() })),
  /** The session that is shown; null when there is none. */
  session: z.string().nullable(),
  lines: z.array(
    z.strictObject({
      at: z.string().nullable(),
      direction: z.enum(['sent', 'received']).nullable(),
      /** A protocol message, or the text of a line that is none. */
      message: z.json(),
    }),
  ),
  /** Where the next page begins, for `after`; null at the end of what is written so far. */
  next: z.string().nullable(),
});
export type TranscriptResponse = z.infer<typeof TranscriptResponse>;
