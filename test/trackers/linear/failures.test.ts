import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../src/domain/error.js';
import type { LinearFault } from '../../helpers/linear/faults.js';
import { failureOf, LinearUnderTest } from '../../helpers/linear/linear-tracker.js';
import { Front } from './front.js';
import { HastyClock } from './hasty-clock.js';

// Goal: whatever Linear answers, a read tells what it was, in SPEC's categories (11.4), with what to do; it asks again
// exactly when that may help, and never takes half an answer. Time and stopping are in the file beside this one.

/** All but those that end well, and silence. */
type Kind = Exclude<LinearFault['kind'], 'slow' | 'held' | 'doubledIssue' | 'hangs'>;

interface Failure {
  readonly code: ErrorCode;
  readonly says: RegExp;
  /** How often the same is asked. */
  readonly requests: number;
}

const THROTTLED: Failure = {
  code: 'tracker_rate_limited',
  says: /^Linear throttles us(: Rate limit exceeded\. Only 2500 .*)?; nothing is asked for 12 s\. .*give Symphony a user of its own/,
  requests: 1,
};
const TROUBLE =
  /^Linear has trouble of its own \((Something went wrong\.|Please try again\.|status 503)\); see its status page/;
const NOT_ALLOWED =
  /^Linear refused the request \(You do not have permission to do this\.\); see that the key may read the team/;
const NO_ANSWER: Failure = {
  code: 'tracker_response',
  says: /^Linear answered with something that is no GraphQL answer; see tracker\.provider\.endpoint and proxies$/,
  requests: 3,
};
const UNREACHABLE: Failure = {
  code: 'tracker_request',
  says: /^Linear cannot be reached: .+; see the network and tracker\.provider\.endpoint$/,
  requests: 3,
};

const FAILURES: { readonly [K in Kind]: Failure } = {
  throttled400: THROTTLED,
  throttled200: THROTTLED,
  throttled429: THROTTLED,
  endpointThrottled: THROTTLED,
  unauthenticated401: {
    code: 'tracker_status',
    says: /^Linear refused the key \(You need to authenticate .*\); make a new one in Linear and put it into LINEAR_API_KEY/,
    requests: 1,
  },
  forbidden200: { code: 'tracker_response', says: NOT_ALLOWED, requests: 1 },
  forbidden403: { code: 'tracker_status', says: NOT_ALLOWED, requests: 1 },
  tooComplex: {
    code: 'tracker_status',
    says: /^Linear refused the request \(The query is too complex: .*\); .*update Symphony, or report this$/,
    requests: 1,
  },
  serverError500: { code: 'tracker_status', says: TROUBLE, requests: 3 },
  unavailable503Html: { code: 'tracker_status', says: TROUBLE, requests: 3 },
  internalErrorIn200: { code: 'tracker_response', says: TROUBLE, requests: 3 },
  lockTimeoutIn200: { code: 'tracker_response', says: TROUBLE, requests: 3 },
  partialData: { code: 'tracker_response', says: TROUBLE, requests: 3 },
  notJson200: NO_ANSWER,
  emptyBody: NO_ANSWER,
  wrongShape: NO_ANSWER,
  cutsConnection: UNREACHABLE,
  cutsBody: UNREACHABLE,
  nullsData: {
    code: 'tracker_response',
    says: /^Linear answered without data and without an error; see its status page/,
    requests: 1,
  },
  missingEndCursor: {
    code: 'tracker_pagination',
    says: /^Linear gives (a next page but no cursor for it|more issues than ids).*; nothing was taken from it$/,
    requests: 1,
  },
  repeatedCursor: {
    code: 'tracker_pagination',
    says: /^Linear gives (the same cursor twice|more issues than ids).*; nothing was taken from it$/,
    requests: 1,
  },
};

function isKind(name: string): name is Kind {
  return Object.hasOwn(FAILURES, name);
}

const KINDS = Object.keys(FAILURES).filter(isKind);
const PASSING = KINDS.filter((kind) => FAILURES[kind].requests > 1);

/** A tracker that has read before, with an issue at work and one that waits. */
async function setUp() {
  const clock = new HastyClock();
  const linear = await LinearUnderTest.forTest({ clock });
  const { id } = linear.board.put({ state: 'In Progress' });
  linear.board.put();
  await linear.poll([id]);
  linear.linear.forgetRequests();
  const reads = { poll: () => linear.poll([id]), byIds: () => linear.byIds([id]) };
  return { clock, linear, id, faults: linear.linear.faults, reads };
}

describe.each(['poll', 'byIds'] as const)('%s', (read) => {
  test.each(KINDS)('fails for %s with its category, its cause and what to do', async (kind) => {
    const { clock, linear, faults, reads } = await setUp();
    faults.next({ kind }, { times: Number.POSITIVE_INFINITY });

    const error = await failureOf(reads[read]());

    const { code, says, requests } = FAILURES[kind];
    expect(error.code).toBe(code);
    expect(error.message).toMatch(says);
    expect(error.retryAfterMs).toBe(code === 'tracker_rate_limited' ? 11_520 : null);
    // The second page is where a cursor can come a second time.
    expect(linear.asked).toHaveLength(kind === 'repeatedCursor' && read === 'poll' ? 2 : requests);
    expect(`${error.stack} ${String(error.cause)} ${linear.problems} ${linear.notices}`).not.toContain(
      linear.linear.apiKey,
    );
    expect(clock.pending).toBe(0);
  });

  test.each(PASSING)('gets over one or two times %s by asking again, a little later', async (kind) => {
    const { clock, linear, faults, reads } = await setUp();

    faults.next({ kind });
    await expect(reads[read]()).resolves.toBeDefined();
    expect(linear.asked).toHaveLength(2);
    faults.next({ kind }, { times: 2 });
    await expect(reads[read]()).resolves.toBeDefined();
    expect(linear.asked).toHaveLength(5);
    expect(clock.waits).toEqual([250, 250, 1_000]);
  });

  test('does not take an answer that is slow, or an issue that comes twice, for a failure', async () => {
    const { linear, id, faults, reads } = await setUp();

    faults.next({ kind: 'doubledIssue' });
    faults.next({ kind: 'held', until: new Promise((resolve) => setImmediate(resolve)) });
    const issues = [await reads[read](), await reads[read]()].map((answer) =>
      'byIds' in answer ? answer.byIds : answer,
    );

    expect(issues).toMatchObject([[{ id }], [{ id }]]);
    expect(linear.asked).toHaveLength(2);
  });
});

describe('an answer of another shape than was asked for', () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ['nothing', {}],
    ['no list', { candidates: { nodes: null }, claimed: { nodes: null } }],
    ['no page information', { candidates: { nodes: [] }, claimed: { nodes: [] } }],
    ['a look-up without a viewer', { projects: { nodes: [] } }],
  ];

  test.each(wrong)('is a failure: %s', async (_, data) => {
    const front = await Front.forTest(() => ({ body: JSON.stringify({ data }) }));
    const { linear, id } = await setUp();
    const misled = await LinearUnderTest.forTest({ provider: { endpoint: front.url } });
    const half = await Front.forTest((request, pass) =>
      request.body.includes('SymphonyOrientation') ? pass() : { body: JSON.stringify({ data }) },
    );
    half.behind = linear.linear.url;
    const halfMisled = await LinearUnderTest.forTest({ provider: { endpoint: half.url } });

    for (const read of [() => misled.poll(), () => halfMisled.poll([id]), () => halfMisled.byIds([id])]) {
      expect(await failureOf(read())).toMatchObject({
        code: 'tracker_response',
        message: expect.stringMatching(
          /^Linear's answer has another shape than its schema says \(.+\); see tracker\.provider\.endpoint/,
        ),
      });
    }
    expect(front.seen).toHaveLength(1);
    expect(half.seen).toHaveLength(3);
  });
});

describe('a read over many pages and requests', () => {
  async function twoPages() {
    const scene = await setUp();
    for (let count = 0; count < 250; count += 1) scene.linear.board.put();
    return scene;
  }
  const isSecondPage = ({ operationName }: { readonly operationName: string | null }) =>
    operationName === 'SymphonyIssuesByStates';

  test.each(['throttled400', 'forbidden200', 'missingEndCursor', 'nullsData'] as const)(
    'fails as a whole for %s on the second page',
    async (kind) => {
      const { linear, faults, reads } = await twoPages();
      faults.next({ kind }, { when: isSecondPage });

      expect(await failureOf(reads.poll())).toMatchObject({ code: FAILURES[kind].code });
      expect(linear.asked).toEqual(['SymphonyPoll', 'SymphonyIssuesByStates']);
    },
  );

  test('asks again only for the page that failed', async () => {
    const { linear, faults, reads } = await twoPages();
    faults.next({ kind: 'serverError500' }, { when: isSecondPage });

    expect((await reads.poll()).byStates).toHaveLength(251);
    expect(linear.asked).toEqual(['SymphonyPoll', 'SymphonyIssuesByStates', 'SymphonyIssuesByStates']);
  });

  test('asks for no further ids after a failure', async () => {
    const { linear, faults } = await twoPages();
    const ids = (await linear.inStates(['Todo'])).map(({ id }) => id);
    linear.linear.forgetRequests();
    faults.next({ kind: 'throttled400' });

    expect(await failureOf(linear.byIds([...ids, ...ids.map((id) => id.replace('5e', '6e'))]))).toMatchObject(
      {
        code: 'tracker_rate_limited',
      },
    );
    expect(linear.asked).toHaveLength(1);
  });

  test.each(['missingEndCursor', 'repeatedCursor'] as const)(
    'fails for %s among the blockers',
    async (kind) => {
      const { linear, faults } = await setUp();
      const blockedBy = Array.from({ length: 60 }, () => linear.board.put({ state: 'Done' }).identifier);
      const { id } = linear.board.put({ blockedBy });
      faults.next({ kind, connection: 'inverseRelations' }, { times: 3 });

      const error = await failureOf(linear.byIds([id]));

      expect(error.code).toBe('tracker_pagination');
      expect(error.message).toMatch(/for the labels or blockers of an issue; nothing was taken from it$/);
    },
  );
});
