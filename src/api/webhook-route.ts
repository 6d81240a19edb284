import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SymphonyError } from '../domain/error.js';
import { failureResponse, RequestFault } from './failure.js';
import { RefusalLog, type WarningLog } from './refusal-log.js';
import { NOTHING, type Route, route } from './route.js';
import { WebhookResponse } from './schema.js';

/** With the number of deliveries, what strangers can make the daemon hold; a tracker sends a few kilobytes at a time. */
export const MAX_DELIVERY_BYTES = 1024 * 1024;
const MAX_DELIVERIES_AT_ONCE = 16;

/**
 * The one path that is meant to be reached from outside, through a tunnel or a proxy and under its public name. The
 * signature protects it, which no web page and no neighbour can make; so Host and Origin do not matter here.
 */
export const WEBHOOK_ROUTE: Route = route({
  name: 'deliver',
  method: 'POST',
  paths: ['/api/v1/webhooks/{kind}'],
  summary: 'Takes a signed delivery of a tracker, which wakes the issues that it names.',
  description:
    'Served where `tracker.provider.webhook_secret` is set, also under names that are not allowed elsewhere.',
  access: 'webhook',
  params: z.object({ kind: z.string().describe('The tracker.kind in use.') }),
  query: NOTHING,
  body: z.custom<unknown>(() => true).describe('As the tracker signs it; up to 1 MiB.'),
  bodyAs: 'bytes',
  response: WebhookResponse,
  statuses: [200],
  refusals: ['webhook_refused', 'not_found'],
}).answeredBy(async ({ webhook }, { params: { kind }, headers, body }) => {
  const delivery = { headers, body: Buffer.isBuffer(body) ? body : Buffer.alloc(0) };
  if ((await webhook?.receive(kind, delivery)) !== 'accepted') throw notConfigured();
  return { body: { accepted: true } };
});

/** What is asked of a delivery before its body is read, and told of one that is refused. */
export class DeliveryDoor {
  readonly #isOpen: boolean;
  readonly #refusals: RefusalLog;
  #receiving = 0;

  /** `now` gives wall milliseconds. */
  constructor(isOpen: boolean, log: WarningLog, now: () => number) {
    this.#isOpen = isOpen;
    this.#refusals = new RefusalLog('webhook delivery refused', log, now);
  }

  /** @throws SymphonyError `not_found`; RequestFault 415 or 429 */
  readonly enter = async ({ headers }: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (!this.#isOpen) throw notConfigured();
    if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw new RequestFault(
        415,
        'The body is compressed, but signatures are made over plain ones. See that no proxy compresses requests.',
      );
    }
    if (this.#receiving >= MAX_DELIVERIES_AT_ONCE) {
      throw new RequestFault(429, 'Too many deliveries at once. Send this one again later.', {
        'retry-after': '60',
      });
    }
    this.#receiving += 1;
    reply.raw.once('close', () => {
      this.#receiving -= 1;
    });
  };

  refused(error: unknown): void {
    const { status, body } = failureResponse(error);
    if (status < 500) this.#refusals.add(status, body.error.message);
  }
}

function notConfigured(): SymphonyError {
  return new SymphonyError(
    'not_found',
    'No deliveries are taken here. Set tracker.provider.webhook_secret, and let the address end with the tracker.kind in use.',
  );
}
