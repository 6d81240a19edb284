import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { WebhookDelivery } from '../../../src/domain/webhook.js';
import { linearWebhook } from '../../../src/trackers/linear/webhook.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';

// Goal: only what Linear signed a moment ago names issues, once. Most tests live far from the machine's time: the
// clock that the daemon was given is what counts.

const SECRET = 'lin_wh_secret';
const NOW_MS = Date.UTC(2026, 0, 1);

interface DeliveryShape {
  readonly payload?: object;
  /** In place of a payload. */
  readonly body?: string;
  readonly secret?: string;
  readonly headers?: WebhookDelivery['headers'];
}

let deliveries = 0;

function aDelivery({
  payload = {},
  body,
  secret = SECRET,
  headers = {},
}: DeliveryShape = {}): WebhookDelivery {
  deliveries += 1;
  const whole = {
    action: 'update',
    type: 'Issue',
    data: { id: 'issue-1' },
    webhookId: 'webhook-1',
    webhookTimestamp: NOW_MS,
    ...payload,
  };
  const bytes = Buffer.from(body ?? JSON.stringify(whole));
  return {
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'linear-delivery': `delivery-${deliveries}`,
      'linear-event': 'Issue',
      'linear-signature': signature(bytes, secret),
      ...headers,
    },
    body: bytes,
  };
}

function signature(body: Buffer, secret = SECRET): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

const aWebhook = (secret = SECRET, clock = new VirtualClock(0, NOW_MS)) => linearWebhook({ secret, clock });

const read = (shape: DeliveryShape) => aWebhook().read(aDelivery(shape));

describe('a delivery', () => {
  test('of Linear names its issue', async () => {
    expect(await read({})).toEqual(['issue-1']);
  });

  test.each(['with spaces and "quotes"', 'ünïcödé 🔑', '$`\\\n\u0000', 'x'.repeat(500)])(
    'is taken under the secret %j',
    async (secret) => {
      expect(await aWebhook(secret).read(aDelivery({ secret }))).toEqual(['issue-1']);
    },
  );

  test('is taken for its bytes, not for what they mean', async () => {
    const body = `{ "type":"Issue","data":{"id":"issue-1","title":"caf\\u00e9 \u00e9"},\n "webhookTimestamp": ${NOW_MS} }`;

    expect(await read({ body })).toEqual(['issue-1']);
  });
});

describe('a delivery that is not proven', () => {
  const refused = (shape: DeliveryShape, message: string) =>
    expect(read(shape)).rejects.toMatchObject({
      name: 'SymphonyError',
      code: 'webhook_refused',
      message: expect.stringContaining(message),
    });

  test('is refused when another secret signed it', async () => {
    await refused({ secret: 'another' }, 'does not fit. Set tracker.provider.webhook_secret');
  });

  test('is refused when its body was changed', async () => {
    const { headers, body } = aDelivery();
    const changed = Buffer.from(body.toString().replace('issue-1', 'issue-2'));

    await expect(aWebhook().read({ headers, body: changed })).rejects.toMatchObject({
      code: 'webhook_refused',
    });
  });

  test.each([
    ['no', { 'linear-signature': undefined }],
    ['an empty', { 'linear-signature': '' }],
    ['an array of', { 'linear-signature': [signature(Buffer.alloc(0)), signature(Buffer.alloc(0))] }],
  ])('is refused with %s signature', async (_what, headers) => {
    await refused({ headers }, 'no Linear-Signature header, or several');
  });

  test('is refused with a doubled signature, though one of them is right', async () => {
    const { headers, body } = aDelivery();
    const right = signature(body);

    await expect(
      aWebhook().read({ headers: { ...headers, 'linear-signature': `${right}, ${right}` }, body }),
    ).rejects.toMatchObject({ message: expect.stringContaining('or several') });
  });

  test.each(['garbage', 'é'.repeat(32), '0'.repeat(64), `sha256=${'0'.repeat(64)}`])(
    'is refused with the signature %s',
    async (header) => {
      await refused({ headers: { 'linear-signature': header } }, 'does not fit');
    },
  );

  test('is refused for its signature before its body or its time is looked at', async () => {
    await refused({ secret: 'another', body: '{' }, 'does not fit');
    await refused({ secret: 'another', payload: { webhookTimestamp: 0 } }, 'does not fit');
    await refused({ secret: 'another', payload: { webhookTimestamp: undefined } }, 'does not fit');
  });

  test('tells no secret', async () => {
    const failure = await read({ secret: 'another' }).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(Error);
    expect(`${failure} ${JSON.stringify(failure)}`).not.toContain(SECRET);
  });

  test.each(['', '{', 'hello', '\u0000'])('is refused when it is signed but %j is no JSON', async (body) => {
    await refused({ body }, 'signed but not JSON');
  });

  test.each([
    'null',
    '[]',
    '"text"',
    '{}',
    '{"webhookTimestamp":"1767225600000"}',
    '{"webhookTimestamp":1e999}',
  ])('is refused when it is signed but %s has no time', async (body) => {
    await refused({ body }, 'its age is unknown');
  });
});

describe('the time of a delivery', () => {
  const at = (webhookTimestamp: number) => read({ payload: { webhookTimestamp } });

  test.each([0, -60_000, 60_000])('may be %i ms from now', async (byMs) => {
    expect(await at(NOW_MS + byMs)).toEqual(['issue-1']);
  });

  test.each([
    [-60_001, 'was made 60 s ago'],
    [-3_600_000, 'was made 3600 s ago'],
    [60_001, 'is dated 60 s ahead'],
  ])('may not be %i ms from now', async (byMs, message) => {
    await expect(at(NOW_MS + byMs)).rejects.toMatchObject({
      code: 'webhook_refused',
      message: expect.stringMatching(`${message}.*clock of this machine`),
    });
  });

  test('is the signed one, whatever the header says', async () => {
    const headers = { 'linear-timestamp': String(NOW_MS) };

    await expect(read({ headers, payload: { webhookTimestamp: NOW_MS - 90_000 } })).rejects.toThrow(
      '90 s ago',
    );
  });

  // What the SDK would refuse by itself, and what it would not.
  test('is judged by the clock of the daemon, also where the machine agrees with the sender', async () => {
    const byMachine = Date.now();

    await expect(at(byMachine)).rejects.toThrow('clock of this machine');
    const clock = new VirtualClock(0, byMachine);
    expect(
      await aWebhook(SECRET, clock).read(aDelivery({ payload: { webhookTimestamp: byMachine } })),
    ).toEqual(['issue-1']);
  });
});

describe('a delivery that came before', () => {
  test('names nothing when it is sent again as it was', async () => {
    const webhook = aWebhook();
    const delivery = aDelivery();

    expect(await webhook.read(delivery)).toEqual(['issue-1']);
    expect(await webhook.read(delivery)).toEqual([]);
  });

  test('names nothing when Linear sends it again later, with a new time', async () => {
    const webhook = aWebhook();
    const headers = { 'linear-delivery': 'delivery-again' };
    await webhook.read(aDelivery({ headers }));

    expect(await webhook.read(aDelivery({ headers, payload: { webhookTimestamp: NOW_MS + 1 } }))).toEqual([]);
  });

  test.each([
    { 'linear-delivery': 'another' },
    { 'linear-delivery': undefined },
    { 'linear-delivery': ['a', 'b'] },
  ])('names nothing under %j, which nobody signed', async (renamed) => {
    const webhook = aWebhook();
    const delivery = aDelivery();
    await webhook.read(delivery);

    expect(await webhook.read({ ...delivery, headers: { ...delivery.headers, ...renamed } })).toEqual([]);
  });

  test('names nothing when both come at once', async () => {
    const webhook = aWebhook();
    const delivery = aDelivery();

    const answers = await Promise.all([webhook.read(delivery), webhook.read(delivery)]);

    expect(answers.flat()).toEqual(['issue-1']);
  });

  test('is not kept from being read by one that nobody signed', async () => {
    const webhook = aWebhook();
    const headers = { 'linear-delivery': 'guessed' };
    await webhook.read(aDelivery({ headers, secret: 'another' })).catch(() => {});

    expect(await webhook.read(aDelivery({ headers }))).toEqual(['issue-1']);
  });

  test('is known for the next 999 deliveries and forgotten after them', async () => {
    const webhook = aWebhook();
    const first = aDelivery();
    await webhook.read(first);
    const others = async (count: number, from: number) => {
      for (let other = 0; other < count; other += 1) {
        await webhook.read(aDelivery({ payload: { serial: from + other } }));
      }
    };

    await others(999, 0);
    expect(await webhook.read(first)).toEqual([]);
    await others(1, 999);
    expect(await webhook.read(first)).toEqual(['issue-1']);
  });
});

describe('the issues of a delivery', () => {
  const issue = { id: 'issue-1', identifier: 'MT-1', title: 'Add a cache' };

  test.each(['create', 'update', 'remove', 'restore'])('count whatever %s did to them', async (action) => {
    expect(await read({ payload: { action } })).toEqual(['issue-1']);
    const comment = { type: 'Comment', data: { id: 'comment-1', issueId: 'issue-2' } };
    expect(await read({ payload: { action, ...comment } })).toEqual(['issue-2']);
  });

  test.each([
    ['Issue', { data: { ...issue, parentId: 'issue-9', labels: [{ id: 'label-1' }] } }],
    ['Comment', { data: { id: 'comment-1', issueId: 'issue-1', issue } }],
    ['Comment', { data: { id: 'comment-1', issue } }],
    ['Comment', { data: { id: 'comment-1', issueId: null, issue } }],
    ['Attachment', { data: { id: 'attachment-1', issueId: 'issue-1' } }],
    ['CustomerNeed', { data: { id: 'need-1', issueId: 'issue-1', issue } }],
    ['Reaction', { data: { id: 'reaction-1', issueId: 'issue-1', emoji: 'tada' } }],
    ['Reaction', { data: { id: 'reaction-1', comment: { id: 'comment-1', issueId: 'issue-1' } } }],
    ['IssueSLA', { data: undefined, action: 'breached', issueData: issue }],
    ['AgentSessionEvent', { data: undefined, agentSession: { id: 'session-1', issueId: 'issue-1', issue } }],
    ['AppUserNotification', { data: undefined, notification: { id: 'note-1', issueId: 'issue-1' } }],
    ['SomethingNew', { data: { id: 'new-1', issue } }],
  ])('are found in %s (%#)', async (type, payload) => {
    expect(await read({ payload: { type, ...payload } })).toEqual(['issue-1']);
  });

  test.each([
    [{ issueId: 'issue-1', relatedIssueId: 'issue-2' }],
    [{ issue: { id: 'issue-1' }, relatedIssue: { id: 'issue-2' } }],
  ])('are both ends of a relation (%#)', async (ends) => {
    const data = { id: 'relation-1', type: 'blocks', ...ends };

    expect(await read({ payload: { type: 'IssueRelation', data } })).toEqual(['issue-1', 'issue-2']);
  });

  test.each([
    ['IssueLabel', { data: { id: 'label-1', name: 'Bug' } }],
    ['Project', { data: { id: 'project-1', name: 'Cache' } }],
    ['ProjectUpdate', { data: { id: 'update-1', projectId: 'project-1' } }],
    ['Cycle', { data: { id: 'cycle-1', number: 3 } }],
    ['Document', { data: { id: 'document-1', title: 'Plan' } }],
    ['User', { data: { id: 'user-1' } }],
    ['Comment', { data: { id: 'comment-1', projectUpdateId: 'update-1', issueId: null } }],
    ['OAuthApp', { data: undefined, action: 'revoked', oauthClientId: 'client-1' }],
    ['SomethingNew', { data: { id: 'new-1' } }],
  ])('are none in %s (%#)', async (type, payload) => {
    expect(await read({ payload: { type, ...payload } })).toEqual([]);
  });

  test.each([
    { type: 7 },
    { data: null },
    { data: 'issue-1' },
    { data: [] },
    { data: { id: 7 } },
    { data: { id: '' } },
    { type: 'Comment', data: { issueId: {}, issue: 'issue-1' } },
  ])('are none where the payload is odd: %j', async (payload) => {
    expect(await read({ payload })).toEqual([]);
  });
});
