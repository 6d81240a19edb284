import { z } from 'zod';
import { RULES, STANDINGS } from '../domain/explanation.js';
import { Identity, Time } from './schema-parts.js';

/** `GET /api/v1/issues`. */
export const IssuesResponse = z.strictObject({
  generated_at: Time,
  /** Claimed issues, then waiting ones in dispatch order, then those that a rule keeps out. */
  issues: z.array(
    z.strictObject({
      ...Identity.shape,
      priority: z.int().nullable(),
      labels: z.array(z.string()),
      standing: z.enum(STANDINGS),
      /** What keeps it, or what it does. */
      reason: z.string(),
    }),
  ),
  /** Issues that were worked on and are no longer held, the latest first. */
  ended: z.array(
    z.strictObject({
      ...Identity.shape,
      attempts: z.int(),
      last_outcome: z.string().nullable(),
      last_event_at: Time,
    }),
  ),
});
export type IssuesResponse = z.infer<typeof IssuesResponse>;

/** `GET /api/v1/<issue_identifier>/explain`. */
export const ExplainResponse = z.strictObject({
  ...Identity.shape,
  standing: z.enum(STANDINGS),
  /** The first fact that holds it, or what happens next. */
  headline: z.string(),
  /** In the order in which dispatch asks. */
  rules: z.array(
    z.strictObject({ rule: z.enum(RULES), verdict: z.enum(['passes', 'holds']), fact: z.string() }),
  ),
  generated_at: Time,
  /** When the tracker last answered a poll. */
  read_at: Time.nullable(),
});
export type ExplainResponse = z.infer<typeof ExplainResponse>;

/** `GET /api/v1/health`. */
export const HealthResponse = z.strictObject({
  live: z.literal(true),
  /** Whether new work would be begun. */
  ready: z.boolean(),
  /** Why not, or what an operator should look at. */
  reasons: z.array(z.strictObject({ code: z.string(), message: z.string() })),
});
export type HealthResponse = z.infer<typeof HealthResponse>;
