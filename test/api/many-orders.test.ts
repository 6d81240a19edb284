import { expect, test } from 'vitest';
import type { Operator } from '../../src/api/operator.js';
import { someCommands } from '../helpers/snapshots.js';
import { anApi } from './an-api.js';

// Goal: whoever orders about many issues at once is heard about each of them.

/** An API that looks at the process of each order for as long as the test wants. */
function aSlowGuard() {
  const looks: (() => void)[] = [];
  let [under, most] = [0, 0];
  const operator: Operator = {
    token: 'the-token-of-the-operator',
    refusalOf: async () => {
      under += 1;
      most = Math.max(most, under);
      await new Promise<void>((look) => looks.push(look));
      under -= 1;
      return null;
    },
  };
  const ordered: string[] = [];
  const commands = someCommands({
    order: (identifier) => {
      ordered.push(identifier);
      return { kind: 'taken', message: 'Taken.' };
    },
  });
  const api = anApi({ operator, commands });
  const stop = (identifier: string) =>
    api.inject({
      method: 'POST',
      url: `/api/v1/issues/${identifier}/stop`,
      headers: { host: 'localhost', authorization: `Bearer ${operator.token}` },
    });
  /** Goes on until all looks have been had. */
  const lookAtAll = async (count: number): Promise<void> => {
    for (let had = 0; had < count; had += 1) {
      await expect.poll(() => looks.length, { interval: 1 }).toBeGreaterThan(0);
      looks.shift()?.();
    }
  };
  return { stop, lookAtAll, ordered, most: () => most };
}

test('many orders at once are taken in their order, a few at a time', async () => {
  const { stop, lookAtAll, ordered, most } = aSlowGuard();
  const issues = Array.from({ length: 50 }, (_none, index) => `MT-${index}`);

  const answers = Promise.all(issues.map(stop));
  await lookAtAll(issues.length);

  expect((await answers).map(({ statusCode }) => statusCode)).toEqual(issues.map(() => 202));
  expect(ordered).toEqual(issues);
  expect(most()).toBe(4);
});

test('more than can wait are told when to come again, and the others are taken', async () => {
  const { stop, lookAtAll, ordered } = aSlowGuard();
  const taken = 4 + 256;

  const answers = Promise.all(Array.from({ length: taken + 2 }, (_none, index) => stop(`MT-${index}`)));
  await lookAtAll(taken);

  const refused = (await answers).filter(({ statusCode }) => statusCode !== 202);
  expect(refused.map(({ statusCode, headers }) => [statusCode, headers['retry-after']])).toEqual([
    [429, '1'],
    [429, '1'],
  ]);
  expect(ordered).toHaveLength(taken);
});
