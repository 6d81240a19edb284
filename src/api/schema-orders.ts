import { z } from 'zod';
import { DISPATCH_ORDERS, ISSUE_ORDERS } from '../domain/order.js';

/** `POST /api/v1/<issue_identifier>/stop`, `retry` and `release`. */
export const IssueOrderResponse = z.strictObject({
  accepted: z.literal(true),
  issue_identifier: z.string(),
  order: z.enum(ISSUE_ORDERS),
  /** What happens now, as a sentence. */
  message: z.string(),
});
export type IssueOrderResponse = z.infer<typeof IssueOrderResponse>;

/** `POST /api/v1/pause`, `resume` and `drain`. */
export const DispatchOrderResponse = z.strictObject({
  accepted: z.literal(true),
  order: z.enum(DISPATCH_ORDERS),
  message: z.string(),
});
export type DispatchOrderResponse = z.infer<typeof DispatchOrderResponse>;

/** What `POST /api/v1/session` takes: the operator's token, for a cookie that stands for it. */
export const SessionRequest = z.strictObject({ token: z.string().max(1_024) });
