import { onTestFinished } from 'vitest';
import { type ApiOptions, createApi } from '../../src/api/server.js';
import type { WebhookDelivery, WebhookReceiver } from '../../src/domain/webhook.js';
import { someCommands, TestSource } from '../helpers/snapshots.js';

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

/** An API of its own for a test, with what the test is about. */
export function anApi(options: Partial<ApiOptions> = {}) {
  const api = createApi({
    source: new TestSource(),
    commands: someCommands(),
    log: { warn: () => {}, error: () => {} },
    now: () => 0,
    host: '127.0.0.1',
    port: 0,
    ...options,
  });
  onTestFinished(() => api.close());
  return api;
}
