import type { FastifyInstance } from 'fastify';
import { SymphonyError } from '../domain/error.js';
import type { WebhookReceiver } from '../domain/webhook.js';
import { failureResponse, RequestFault } from './failure.js';
import { RefusalLog, type WarningLog } from './refusal-log.js';
import type { WebhookResponse } from './schema.js';

const MAX_DELIVERY_BYTES = 1024 * 1024;
/** With the size limit, what strangers can make the daemon hold; a tracker sends a few kilobytes at a time. */
const MAX_DELIVERIES_AT_ONCE = 16;

/**
 * The one path that is meant to be reached from outside, through a tunnel or a proxy and under its public name. The
 * signature protects it, which no web page and no neighbour can make; so Host and Origin do not matter here.
 */
export const WEBHOOK_PATH = /^\/api\/v1\/webhooks\/[^/#]+$/u;

/** What the route needs. */
export interface WebhookRouteOptions {
  readonly webhook?: WebhookReceiver;
  readonly log: WarningLog;
  /** Wall milliseconds. */
  readonly now: () => number;
}

/** Adds `POST /api/v1/webhooks/<tracker kind>`: answers once the delivery is read, well within a tracker's patience. */
export function addWebhookRoute(app: FastifyInstance, { webhook, log, now }: WebhookRouteOptions): void {
  const refusals = new RefusalLog('webhook delivery refused', log, now);
  let receiving = 0;
  // Only a scope of its own keeps bodies as the bytes that were signed.
  void app.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer', bodyLimit: MAX_DELIVERY_BYTES },
      async (_request: unknown, body: Buffer) => body,
    );
    scope.addHook('onRequest', async ({ headers }, reply) => {
      if (webhook === undefined) throw notConfigured();
      if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
        throw new RequestFault(
          415,
          'The body is compressed, but signatures are made over plain ones. See that no proxy compresses requests.',
        );
      }
      if (receiving >= MAX_DELIVERIES_AT_ONCE) {
        reply.header('retry-after', '60');
        throw new RequestFault(429, 'Too many deliveries at once. Send this one again later.');
      }
      receiving += 1;
      reply.raw.once('close', () => {
        receiving -= 1;
      });
    });
    scope.setErrorHandler((error: unknown) => {
      const { status, body } = failureResponse(error);
      if (status < 500) refusals.add(status, body.error.message);
      // The handler of the whole server answers.
      throw error;
    });
    scope.post<{ Params: { kind: string } }>('/api/v1/webhooks/:kind', async ({ params, headers, body }) => {
      const delivery = { headers, body: Buffer.isBuffer(body) ? body : Buffer.alloc(0) };
      if ((await webhook?.receive(params.kind, delivery)) !== 'accepted') throw notConfigured();
      return { accepted: true } satisfies WebhookResponse;
    });
    registered();
  });
}

function notConfigured(): SymphonyError {
  return new SymphonyError(
    'not_found',
    'No deliveries are taken here. Set tracker.provider.webhook_secret, and let the address end with the tracker.kind in use.',
  );
}
