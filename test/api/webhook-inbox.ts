import type { WebhookDelivery, WebhookReceiver } from '../../src/domain/webhook.js';

/** Where the deliveries of Linear go. */
export const PATH = '/api/v1/webhooks/linear';

/** Takes what is addressed to linear and keeps it. */
export class Inbox implements WebhookReceiver {
  readonly deliveries: WebhookDelivery[] = [];

  async receive(kind: string, delivery: WebhookDelivery) {
    if (kind !== 'linear') return 'notConfigured';
    this.deliveries.push(delivery);
    return 'accepted';
  }
}
