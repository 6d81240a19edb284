/** An HTTP request that claims to come from a tracker, unread. */
export interface WebhookDelivery {
  /** By lower-case name. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  /** The bytes as received: signatures are made over them. */
  readonly body: Buffer;
}
