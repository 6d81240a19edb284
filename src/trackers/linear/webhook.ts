import type { LinearWebhookClient } from '@linear/sdk/webhooks';
import { z } from 'zod';
import { SymphonyError } from '../../domain/error.js';
import type { IssueId } from '../../domain/issue.js';
import type { WebhookDelivery } from '../../domain/webhook.js';
import type { Clock } from '../../ports/clock.js';
import type { TrackerWebhook } from '../../ports/tracker.js';

const MAX_AGE_MS = 60_000;
const REMEMBERED_DELIVERIES = 1_000;

/** What reading Linear's deliveries takes. */
export interface LinearWebhookParts {
  /** The signing secret of the webhook, never empty. */
  readonly secret: string;
  readonly clock: Pick<Clock, 'wallMs'>;
}

/** Linear's deliveries: proven by their signature, at most a minute old, and each told once. */
export function linearWebhook({ secret, clock }: LinearWebhookParts): TrackerWebhook {
  // Linear sends a delivery again under its name, with a new time and so a new signature; whoever captured one can send
  // it again under any name, for names are not signed.
  const names = new Newest(REMEMBERED_DELIVERIES);
  const signatures = new Newest(REMEMBERED_DELIVERIES);
  return {
    async read({ headers, body }: WebhookDelivery): Promise<readonly IssueId[]> {
      const signature = signatureOf(headers['linear-signature']);
      // Loading takes 50 ms, which a daemon without deliveries need not spend.
      const { LinearWebhookClient } = await import('@linear/sdk/webhooks');
      if (!isSigned(new LinearWebhookClient(secret), body, signature)) throw wrongSignature();
      const payload = payloadOf(body);
      refuseUntimely(clock.wallMs() - payload.webhookTimestamp);
      const isKnown = signatures.has(signature) || names.has(headers['linear-delivery']);
      signatures.add(signature);
      names.add(headers['linear-delivery']);
      return isKnown ? [] : issuesOf(payload);
    },
  };
}

/** Node joins the values of a header that came twice with commas. */
function signatureOf(header: string | readonly string[] | undefined): string {
  if (typeof header === 'string' && header !== '' && !header.includes(',')) return header;
  throw refusal(
    'The delivery has no Linear-Signature header, or several. See that it comes from Linear and that no proxy drops or repeats headers.',
  );
}

/** What the SDK says of a body whose signature is right and whose time is not. */
const UNTIMELY: ReadonlySet<string> = new Set(['Missing webhook timestamp', 'Invalid webhook timestamp']);

function isSigned(client: LinearWebhookClient, body: Buffer, signature: string): boolean {
  try {
    return client.verify(body, signature);
  } catch (error) {
    // @linear/sdk 98.0.0 looks at the signature first, then at the JSON, last at the time, by the machine's clock and
    // without a way to tell it another one. JSON and time are judged here, by the clock in use. Should its words
    // change, deliveries must be timely by both clocks, which are one outside tests.
    return error instanceof SyntaxError || (error instanceof Error && UNTIMELY.has(error.message));
  }
}

const Id = z.string().min(1).nullish().catch(null);
const Named = z.object({ id: Id }).nullish().catch(null);
/** Whatever a payload is about, as far as it names issues; every key may be missing or of another shape. */
const Subject = z
  .object({
    id: Id,
    issueId: Id,
    issue: Named,
    // Relations. Linear 98.0.0 offers no webhook for them; the schema's names, should it come to.
    relatedIssueId: Id,
    relatedIssue: Named,
    // Reactions to a comment.
    comment: z.object({ issueId: Id }).nullish().catch(null),
  })
  .nullish()
  .catch(null);
type Subject = z.infer<typeof Subject>;

const Payload = z.object({
  type: z.string().catch(''),
  /** Milliseconds since 1970, when this delivery was sent. */
  webhookTimestamp: z.number(),
  data: Subject,
  // What IssueSLA, AgentSessionEvent and AppUserNotification have in place of `data`.
  issueData: Subject,
  agentSession: Subject,
  notification: Subject,
});
type Payload = z.infer<typeof Payload>;

function payloadOf(body: Buffer): Payload {
  const { success, data } = Payload.safeParse(jsonOf(body));
  if (success) return data;
  throw refusal(
    'The delivery is signed but no object with a webhookTimestamp, so its age is unknown. See that the webhook of this secret is one of Linear.',
  );
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw refusal(
      'The delivery is signed but not JSON. See that the webhook of this secret is one of Linear.',
      error,
    );
  }
}

function refuseUntimely(ageMs: number): void {
  if (Math.abs(ageMs) <= MAX_AGE_MS) return;
  const seconds = Math.round(Math.abs(ageMs) / 1_000);
  const when = ageMs > 0 ? `was made ${seconds} s ago` : `is dated ${seconds} s ahead`;
  throw refusal(
    `The delivery ${when}; only those within a minute are taken. See that the clock of this machine is right.`,
  );
}

/** Any action counts: an issue may become ready by what was taken away from it. */
function issuesOf({ type, data, issueData, agentSession, notification }: Payload): readonly IssueId[] {
  const own = type === 'Issue' ? [data?.id] : [];
  const named = [data, agentSession, notification].flatMap(issuesNamedBy);
  return [...new Set([...own, issueData?.id, ...named])].filter((id) => typeof id === 'string');
}

function issuesNamedBy(subject: Subject): (string | null | undefined)[] {
  return [
    subject?.issueId,
    subject?.issue?.id,
    subject?.relatedIssueId,
    subject?.relatedIssue?.id,
    subject?.comment?.issueId,
  ];
}

/** A set of keys that forgets the oldest beyond its limit. */
class Newest {
  readonly #limit: number;
  readonly #keys = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  has(key: string | readonly string[] | undefined): boolean {
    return typeof key === 'string' && this.#keys.has(key);
  }

  add(key: string | readonly string[] | undefined): void {
    if (typeof key !== 'string') return;
    this.#keys.add(key);
    for (const oldest of this.#keys) {
      if (this.#keys.size <= this.#limit) return;
      this.#keys.delete(oldest);
    }
  }
}

function wrongSignature(): SymphonyError {
  return refusal(
    'The signature of the delivery does not fit. Set tracker.provider.webhook_secret to the signing secret that Linear shows for this webhook, and see that no proxy rewrites bodies.',
  );
}

function refusal(message: string, cause?: unknown): SymphonyError {
  return new SymphonyError('webhook_refused', message, { cause });
}
