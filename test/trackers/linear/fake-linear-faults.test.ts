import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeLinear } from '../../helpers/linear/fake-linear.js';
import type { LinearFault } from '../../helpers/linear/faults.js';
import { sendRaw } from '../../helpers/linear/raw-request.js';

const START_MS = Date.UTC(2026, 10, 20);

let nowMs: number;
let fake: FakeLinear;
let board: FakeLinear['board'];

beforeEach(async () => {
  nowMs = START_MS;
  fake = await FakeLinear.start({ now: () => nowMs });
  board = fake.board;
});
afterEach(() => fake.close());

describe('a fault', () => {
  const POLL = 'query Poll { issues(first: 1) { nodes { title } pageInfo { hasNextPage endCursor } } }';

  async function met(fault: LinearFault, query = POLL) {
    fake.faults.next(fault);
    const response = await sendRaw(fake, query);
    return { status: response.status, headers: response.headers, body: await response.text() };
  }

  test.each([
    [
      'throttled400',
      400,
      { message: /^Rate limit exceeded\. Only 2500 requests/, type: 'ratelimited', code: 'RATELIMITED' },
    ],
    ['endpointThrottled', 400, { message: /^Rate limit exceeded/, type: 'ratelimited', code: 'RATELIMITED' }],
    ['throttled200', 200, { message: /^Rate limit exceeded/ }],
    ['unauthenticated401', 401, { message: /^Authentication required/, type: 'authentication error' }],
    ['forbidden200', 200, { message: /permission/, type: 'forbidden' }],
    ['forbidden403', 403, { message: /permission/, type: 'forbidden' }],
    ['tooComplex', 400, { message: /^Query too complex$/, code: 'INPUT_ERROR' }],
    ['serverError500', 500, { message: /^Internal server error$/, type: 'internal error' }],
    ['internalErrorIn200', 200, { message: /^Internal server error$/, type: 'internal error' }],
    ['lockTimeoutIn200', 200, { message: /lock/, type: 'lock timeout' }],
  ] as const)(
    '%s is HTTP %i with one error and no data',
    async (kind, status, { message, ...extensions }) => {
      const answer = await met({ kind });
      const { data = null, errors } = JSON.parse(answer.body);

      expect([answer.status, data]).toEqual([status, null]);
      expect(errors).toHaveLength(1);
      expect(errors[0].message).toMatch(message);
      expect(errors[0].extensions ?? {}).toMatchObject(extensions);
      expect(errors[0].extensions === undefined).toBe(kind === 'throttled200');
      expect(answer.headers.get('x-ratelimit-requests-limit')).toBe('2500');
      expect(fake.requests[0]?.status).toBe(status);
    },
  );

  test.each([
    ['throttled429', 429, 'Too Many Requests'],
    ['unavailable503Html', 503, '<html><body><h1>503 Service Unavailable</h1></body></html>'],
    ['notJson200', 200, '<html><body>Linear</body></html>'],
    ['emptyBody', 200, ''],
    ['wrongShape', 200, '{"status":"ok"}'],
    ['nullsData', 200, '{"data":null}'],
  ] as const)('%s is HTTP %i and no GraphQL answer', async (kind, status, body) => {
    expect(await met({ kind })).toMatchObject({ status, body });
  });

  test('of one endpoint names it, with a reset of its own', async () => {
    const { headers } = await met({ kind: 'endpointThrottled' });

    expect(headers.get('x-ratelimit-endpoint-name')).toBe('issues');
    expect(headers.get('x-ratelimit-endpoint-requests-remaining')).toBe('0');
    expect(headers.get('x-ratelimit-endpoint-requests-reset')).toBe(String(START_MS + 60_000));
    expect(headers.get('x-ratelimit-requests-remaining')).toBe('2500');
  });

  test('of the data is in an answer that is true otherwise', async () => {
    const [one] = ['one', 'two'].map((title) => board.put({ title }).id);
    const issuesOf = async (fault: LinearFault, query?: string) =>
      JSON.parse((await met(fault, query)).body).data.issues;
    const second = POLL.replace('first: 1', `after: "${one}"`);

    expect(JSON.parse((await met({ kind: 'partialData' })).body)).toMatchObject({
      data: { issues: { nodes: [{ title: 'two' }] } },
      errors: [{ extensions: { type: 'internal error' } }],
    });
    expect((await issuesOf({ kind: 'doubledIssue' })).nodes).toEqual([{ title: 'two' }, { title: 'two' }]);
    expect((await issuesOf({ kind: 'missingEndCursor' })).pageInfo).toEqual({
      hasNextPage: true,
      endCursor: null,
    });
    expect((await issuesOf({ kind: 'repeatedCursor' }, second)).pageInfo).toEqual({
      hasNextPage: true,
      endCursor: one,
    });
    expect((await issuesOf({ kind: 'slow', ms: 1 })).nodes).toEqual([{ title: 'two' }]);
    expect((await issuesOf({ kind: 'held', until: Promise.resolve() })).nodes).toEqual([{ title: 'two' }]);
  });

  test('of the connection leaves its sender without an answer, and in doubt whether it was carried out', async () => {
    const { id } = board.put();
    const comment = `mutation { commentCreate(input: { issueId: "${id}", body: "Hi" }) { success } }`;

    await expect(met({ kind: 'cutsConnection' }, comment)).rejects.toThrow();
    expect(board.comments(id)).toHaveLength(0);
    await expect(met({ kind: 'cutsConnection', afterExecution: true }, comment)).rejects.toThrow();
    expect(board.comments(id)).toHaveLength(1);

    fake.faults.next({ kind: 'cutsBody' });
    const response = await sendRaw(fake, comment);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(board.comments(id)).toHaveLength(2);

    const arrived = new Promise<void>((resolve) => {
      const when = () => {
        resolve();
        return true;
      };
      fake.faults.next({ kind: 'hangs' }, { when });
    });
    const hanging = expect(sendRaw(fake, POLL)).rejects.toThrow();
    await arrived;
    await fake.close();
    await hanging;
    expect(fake.requests.map(({ status }) => status)).toEqual([null, null, 200, null]);
  });

  test('waits in line for the requests it is meant for', async () => {
    const isPoll = ({ operationName }: { operationName: string | null }) => operationName === 'Poll';
    fake.faults.next({ kind: 'throttled429' }, { when: isPoll, times: 2 });
    fake.faults.next({ kind: 'serverError500' }, { when: ({ rootFields }) => rootFields.includes('issues') });
    const statuses = async (...queries: string[]) => {
      const answers = [];
      for (const query of queries) answers.push((await sendRaw(fake, query)).status);
      return answers;
    };

    expect(await statuses('{ viewer { id } }', POLL, POLL, POLL, POLL)).toEqual([200, 429, 429, 500, 200]);
    fake.faults.next({ kind: 'forbidden403' }, { times: Number.POSITIVE_INFINITY });
    expect(await statuses(POLL, POLL, POLL)).toEqual([403, 403, 403]);
    fake.faults.clear();
    expect(await statuses(POLL)).toEqual([200]);
  });
});
