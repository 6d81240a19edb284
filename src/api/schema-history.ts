import { z } from 'zod';
import { components, Json, Time, Tokens } from './schema-parts.js';

/** One thing that happened. */
export const EventResponse = z
  .strictObject({
    id: z.string().describe("Opaque; later events have later ids within a daemon's life."),
    at: Time,
    issue_id: z.string().nullable(),
    issue_identifier: z.string().nullable(),
    kind: z.string().describe('A stable name, such as run_started.'),
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: z.string().describe('One readable line.'),
    fields: z.record(z.string(), Json),
  })
  .register(components, { id: 'Event' });
export type EventResponse = z.infer<typeof EventResponse>;

/** `GET /api/v1/events` as JSON, and `GET /api/v1/<issue_identifier>/events`. */
export const EventsResponse = z
  .strictObject({
    events: z.array(EventResponse).describe('The oldest first.'),
    has_gap: z.boolean().describe('Events right before the first of these are no longer known.'),
    has_more: z.boolean().describe('There are more; ask again with `after` set to the last id.'),
  })
  .register(components, { id: 'Events' });
export type EventsResponse = z.infer<typeof EventsResponse>;

/** One run attempt. */
export const AttemptResponse = z
  .strictObject({
    run_id: z.int(),
    attempt: z.int().nullable().describe('Null on the first run, 1 on the first retry or continuation.'),
    started_at: Time,
    ended_at: Time.nullable().describe('Null while it runs.'),
    outcome: z.string().nullable().describe('Null while it runs.'),
    detail: z.string().nullable().describe('What the outcome says in words.'),
    phases: z.array(z.strictObject({ phase: z.string(), at: Time })),
    worker_host: z.string().nullable(),
    workspace_path: z.string().nullable(),
    session_id: z.string().nullable(),
    turn_count: z.int().nonnegative(),
    tokens: Tokens,
  })
  .register(components, { id: 'Attempt' });
export type AttemptResponse = z.infer<typeof AttemptResponse>;

/** What had been used by then. */
export const TokensAt = z
  .strictObject({ at: Time, total_tokens: z.int().nonnegative() })
  .register(components, { id: 'TokensAt' });

/** `GET /api/v1/<issue_identifier>/transcript`: what was said between the daemon and the agent. */
export const TranscriptResponse = z
  .strictObject({
    issue_identifier: z.string(),
    sessions: z
      .array(z.strictObject({ label: z.string(), path: z.string() }))
      .describe('Every session that is kept, the oldest first.'),
    session: z.string().nullable().describe('The session that is shown; null when there is none.'),
    lines: z.array(
      z.strictObject({
        at: z.string().nullable(),
        direction: z.enum(['sent', 'received']).nullable(),
        message: Json.describe('A protocol message, or the text of a line that is none.'),
      }),
    ),
    next: z
      .string()
      .nullable()
      .describe('Where the next page begins, for `after`; null at the end of what is written so far.'),
  })
  .register(components, { id: 'Transcript' });
export type TranscriptResponse = z.infer<typeof TranscriptResponse>;
