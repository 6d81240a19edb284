/** An HTTP request that claims to come from a tracker, unread. */
export interface WebhookDelivery {
  /** By lower-case name. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  /** The bytes as received: signatures are made over them. */
  readonly body: Buffer;
}

/** Where deliveries go; what they lead to happens later, and whoever asks does not wait for it. */
export interface WebhookReceiver {
  /**
   * Settles once the delivery is read. `kind` is the tracker kind that the sender addressed; it is `notConfigured`
   * unless the tracker in use is of that kind and has a webhook.
   * @throws SymphonyError `webhook_refused` when the delivery is not proven to come from the tracker
   */
  receive(kind: string, delivery: WebhookDelivery): Promise<'accepted' | 'notConfigured'>;
}
