/** What a person may order about one issue. */
export const ISSUE_ORDERS = ['stop', 'retry', 'release'] as const;
/**
 * `stop` ends its run and sets the issue aside until `retry` or `release`; `retry` begins its next run as soon as there
 * is a slot; `release` forgets the claim, so that the issue is taken as if it were new.
 */
export type IssueOrder = (typeof ISSUE_ORDERS)[number];

/** What a person may order about all of them. */
export const DISPATCH_ORDERS = ['pause', 'resume', 'drain'] as const;
/** `pause` lets nothing new begin, `drain` ends the daemon once what runs has ended, `resume` takes back either. */
export type DispatchOrder = (typeof DISPATCH_ORDERS)[number];

/** What became of an order; the message is a sentence for whoever gave it. */
export type OrderOutcome =
  | { readonly kind: 'taken'; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string }
  /** Nothing is known of such an issue. */
  | { readonly kind: 'unknown' };

/** Set while a person lets nothing new begin. */
export interface Hold {
  readonly kind: 'paused' | 'draining';
  readonly sinceWallMs: number;
}
