import { z } from 'zod';
import { RULES, STANDINGS } from '../domain/explanation.js';
import { components, Identity, Time } from './schema-parts.js';

/** `GET /api/v1/issues`. */
export const IssuesResponse = z
  .strictObject({
    generated_at: Time,
    issues: z
      .array(
        z
          .strictObject({
            ...Identity.shape,
            priority: z.int().nullable(),
            labels: z.array(z.string()),
            standing: z.enum(STANDINGS),
            reason: z.string().describe('What keeps it, or what it does.'),
          })
          .register(components, { id: 'BoardIssue' }),
      )
      .describe('Claimed issues, then waiting ones in dispatch order, then those that a rule keeps out.'),
    ended: z
      .array(
        z
          .strictObject({
            ...Identity.shape,
            attempts: z.int(),
            last_outcome: z.string().nullable(),
            last_event_at: Time,
          })
          .register(components, { id: 'EndedIssue' }),
      )
      .describe('Issues that were worked on and are no longer held, the latest first; at most 200.'),
  })
  .register(components, { id: 'Issues' });
export type IssuesResponse = z.infer<typeof IssuesResponse>;

/** `GET /api/v1/<issue_identifier>/explain`. */
export const ExplainResponse = z
  .strictObject({
    ...Identity.shape,
    standing: z.enum(STANDINGS),
    headline: z.string().describe('The first fact that holds it, or what happens next.'),
    rules: z
      .array(z.strictObject({ rule: z.enum(RULES), verdict: z.enum(['passes', 'holds']), fact: z.string() }))
      .describe('In the order in which dispatch asks.'),
    generated_at: Time,
    read_at: Time.nullable().describe('When the tracker last answered a poll.'),
  })
  .register(components, { id: 'Explanation' });
export type ExplainResponse = z.infer<typeof ExplainResponse>;

/** `GET /api/v1/health`. */
export const HealthResponse = z
  .strictObject({
    live: z.literal(true),
    ready: z.boolean().describe('Whether new work would be begun.'),
    reasons: z
      .array(z.strictObject({ code: z.string(), message: z.string() }))
      .describe('Why not; empty when ready.'),
  })
  .register(components, { id: 'Health' });
export type HealthResponse = z.infer<typeof HealthResponse>;
