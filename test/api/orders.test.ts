import { describe, expect, test } from 'vitest';
import type { Operator } from '../../src/api/operator.js';
import { ErrorResponse, RefreshResponse } from '../../src/api/schema.js';
import { DispatchOrderResponse, IssueOrderResponse } from '../../src/api/schema-orders.js';
import { DISPATCH_ORDERS, ISSUE_ORDERS, type OrderOutcome } from '../../src/domain/order.js';
import { someCommands } from '../helpers/snapshots.js';
import { settled, VirtualClock } from '../helpers/virtual-clock.js';
import { anApi } from './an-api.js';

// Goal: an order reaches the daemon as it was meant, and whoever gave it learns what becomes of it.

const TOKEN = 'the-token-of-the-operator';
const operator: Operator = { token: TOKEN, refusalOf: async () => null };

function aSteeredApi(
  outcome: OrderOutcome = { kind: 'taken', message: 'It is being stopped.' },
  committed = async () => true,
) {
  const given: unknown[] = [];
  const commands = someCommands({
    order: (...order) => {
      given.push(order);
      return outcome;
    },
    orderDispatch: (order) => {
      given.push(order);
      return outcome;
    },
  });
  const api = anApi({ operator, commands: { ...commands, committed } });
  const send = (url: string, headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }) =>
    api.inject({ method: 'POST', url, headers });
  return { given, send };
}

describe.each(ISSUE_ORDERS)('POST <issue_identifier>/%s', (order) => {
  test.each([
    [`/api/v1/MT-649/${order}`, 'MT-649'],
    [`/api/v1/issues/MT-649/${order}`, 'MT-649'],
    [`/api/v1/team%2Fa-1/${order}`, 'team/a-1'],
    [`/api/v1/issues/${order}/${order}`, order],
    [`/api/v1/state/${order}`, 'state'],
  ])('at %s is an order about %s', async (url, identifier) => {
    const { send, given } = aSteeredApi();

    const answer = await send(url);

    expect(answer.statusCode).toBe(202);
    expect(IssueOrderResponse.parse(answer.json())).toEqual({
      accepted: true,
      issue_identifier: identifier,
      order,
      message: 'It is being stopped.',
    });
    expect(given).toEqual([[identifier, order]]);
  });

  test.each<[OrderOutcome, number, string, string]>([
    [{ kind: 'refused', message: 'MT-649 is being stopped already.' }, 409, 'order_refused', 'already'],
    [{ kind: 'unknown' }, 404, 'issue_not_found', 'No issue MT-649 is known'],
  ])('that is %j is told so', async (outcome, status, code, says) => {
    const answer = await aSteeredApi(outcome).send(`/api/v1/MT-649/${order}`);

    const { error } = ErrorResponse.parse(answer.json());
    expect([answer.statusCode, error.code]).toEqual([status, code]);
    expect(error.message).toContain(says);
  });

  test('without the token is refused and reaches nobody', async () => {
    const { send, given } = aSteeredApi();

    expect((await send(`/api/v1/MT-649/${order}`, {})).statusCode).toBe(401);
    expect(given).toEqual([]);
  });
});

describe.each(DISPATCH_ORDERS)('POST %s', (order) => {
  test('is an order about all', async () => {
    const { send, given } = aSteeredApi({ kind: 'taken', message: 'Nothing new is started.' });

    const answer = await send(`/api/v1/${order}`);

    expect(answer.statusCode).toBe(202);
    expect(DispatchOrderResponse.parse(answer.json())).toEqual({
      accepted: true,
      order,
      message: 'Nothing new is started.',
    });
    expect(given).toEqual([order]);
  });

  test('that is refused is told why', async () => {
    const answer = await aSteeredApi({ kind: 'refused', message: 'The daemon is stopping.' }).send(
      `/api/v1/${order}`,
    );

    expect(answer.statusCode).toBe(409);
    expect(ErrorResponse.parse(answer.json()).error).toEqual({
      code: 'order_refused',
      message: 'The daemon is stopping.',
    });
  });
});

describe('an order that was taken', () => {
  const outcome = { kind: 'taken', message: 'It is being stopped.' } as const;

  test('is answered once a daemon that is killed does not forget it any more', async () => {
    let commit = (_isCommitted: boolean): void => {};
    const committed = new Promise<boolean>((resolve) => {
      commit = resolve;
    });
    let isAnswered = false;
    let answer: Promise<unknown> | undefined;
    await new Promise<void>((ordered) => {
      const { send } = aSteeredApi(outcome, () => {
        ordered();
        return committed;
      });
      answer = send('/api/v1/MT-649/stop').then((response) => {
        isAnswered = true;
        return response.json();
      });
    });

    await settled();
    expect(isAnswered).toBe(false);
    commit(true);

    expect(await answer).toMatchObject({ message: 'It is being stopped.' });
  });

  test.each(['/api/v1/MT-649/stop', '/api/v1/pause'])(
    'to %s tells when it may still be forgotten',
    async (url) => {
      const answer = await aSteeredApi(outcome, async () => false).send(url);

      expect(answer.statusCode).toBe(202);
      expect(answer.json()).toMatchObject({
        message: expect.stringMatching(/^It is being stopped\. The journal has not taken it yet/),
      });
    },
  );
});

describe('POST refresh, many times', () => {
  function aRefreshedApi(outcomes: readonly { queued: boolean; coalesced: boolean }[] = []) {
    const clock = new VirtualClock();
    const polls: number[] = [];
    const refresh = () => {
      polls.push(clock.nowMs());
      return outcomes[polls.length - 1] ?? { queued: true, coalesced: false };
    };
    const api = anApi({ commands: someCommands({ refresh }), timer: clock });
    const ask = async () => {
      const answer = await api.inject({ method: 'POST', url: '/api/v1/refresh' });
      expect(answer.statusCode).toBe(202);
      const { queued, coalesced } = RefreshResponse.parse(answer.json());
      return { queued, coalesced };
    };
    return { api, clock, polls, ask };
  }

  test('makes one poll at once, and one more a second later for all the others', async () => {
    const { clock, polls, ask } = aRefreshedApi();

    const answers = [];
    for (let count = 0; count < 1_000; count += 1) answers.push(await ask());
    await clock.advance(10_000);

    expect(polls).toEqual([0, 1_000]);
    expect(answers[0]).toEqual({ queued: true, coalesced: false });
    expect(answers.slice(1).every(({ queued, coalesced }) => queued && coalesced)).toBe(true);
  });

  test('polls after the last of them, so that nobody waits for what was polled before', async () => {
    const { clock, polls, ask } = aRefreshedApi();
    await ask();
    await clock.advance(999);
    await ask();

    await clock.advance(1);

    expect(polls).toEqual([0, 1_000]);
  });

  test('polls at once again when nobody has asked for a second', async () => {
    const { clock, polls, ask } = aRefreshedApi();
    await ask();
    await clock.advance(1_000);

    expect(await ask()).toEqual({ queued: true, coalesced: false });
    expect(polls).toEqual([0, 1_000]);
  });

  test('says what the daemon says of a poll that is under way, or that it does not poll any more', async () => {
    const { clock, ask } = aRefreshedApi([
      { queued: true, coalesced: true },
      { queued: false, coalesced: false },
    ]);

    expect(await ask()).toEqual({ queued: true, coalesced: true });
    await clock.advance(1_000);
    expect(await ask()).toEqual({ queued: false, coalesced: false });
    expect(await ask()).toEqual({ queued: false, coalesced: true });
  });

  test('leaves nothing behind when the server ends', async () => {
    const { api, clock, polls, ask } = aRefreshedApi();
    await ask();
    await ask();

    await api.close();
    await clock.advance(10_000);

    expect([polls, clock.pending]).toEqual([[0], 0]);
  });
});
