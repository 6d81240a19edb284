import { z } from 'zod';
import { DISPATCH_ORDERS, ISSUE_ORDERS } from '../domain/order.js';
import { components } from './schema-parts.js';

/** `POST /api/v1/<issue_identifier>/stop`, `retry` and `release`. */
export const IssueOrderResponse = z
  .strictObject({
    accepted: z.literal(true),
    issue_identifier: z.string(),
    order: z.enum(ISSUE_ORDERS),
    message: z.string().describe('What happens now, as a sentence.'),
  })
  .register(components, { id: 'IssueOrder' });
export type IssueOrderResponse = z.infer<typeof IssueOrderResponse>;

/** `POST /api/v1/pause`, `resume` and `drain`. */
export const DispatchOrderResponse = z
  .strictObject({
    accepted: z.literal(true),
    order: z.enum(DISPATCH_ORDERS),
    message: z.string().describe('What happens now, as a sentence.'),
  })
  .register(components, { id: 'DispatchOrder' });
export type DispatchOrderResponse = z.infer<typeof DispatchOrderResponse>;

/** What `POST /api/v1/session` takes: the operator's token, for a cookie that stands for it. */
export const SessionRequest = z.strictObject({
  token: z.string({ error: 'token is not a string' }).max(1_024, 'token has more than 1024 characters'),
});

/** `POST /api/v1/session` and `DELETE /api/v1/session`. */
export const SessionResponse = z
  .strictObject({ operator: z.boolean().describe('Whether the cookie now stands for the operator.') })
  .register(components, { id: 'Session' });
export type SessionResponse = z.infer<typeof SessionResponse>;
