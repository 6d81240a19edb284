import { expect, test } from 'vitest';
import { type Check, findingsOf } from '../../../src/commands/doctor/check.js';
import { SymphonyError } from '../../../src/domain/error.js';
import { ok } from '../../../src/domain/finding.js';
import { settled, VirtualClock } from '../../helpers/virtual-clock.js';

// Goal: whatever is stuck or fails, everything else is told, in order.

function aCheck(name: string, run: Check['run']): Check {
  return { name, limitMs: 5_000, mendOfSilence: 'wake it up', run };
}

test('checks are made at once and told in their order', async () => {
  let finish = (): void => {};
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const order: string[] = [];
  const findings = findingsOf(
    [
      aCheck('first', async () => {
        await slow;
        order.push('first');
        return [ok('first', 'a'), ok('first of it', 'b')];
      }),
      aCheck('second', async () => {
        order.push('second');
        finish();
        return [ok('second', 'c')];
      }),
    ],
    new VirtualClock(),
  );

  expect((await findings).map(({ name }) => name)).toEqual(['first', 'first of it', 'second']);
  expect(order).toEqual(['second', 'first']);
});

test('each is told as soon as it and all before it are known', async () => {
  const told: string[] = [];
  const finish = new Map<string, () => void>();
  const waiting = (name: string): Check =>
    aCheck(name, async () => {
      await new Promise<void>((resolve) => finish.set(name, resolve));
      return [ok(name, 'fine')];
    });
  const findings = findingsOf(
    [waiting('first'), waiting('second'), waiting('third')],
    new VirtualClock(),
    (found) => told.push(...found.map(({ name }) => name)),
  );
  const after = async (name: string): Promise<readonly string[]> => {
    finish.get(name)?.();
    await settled();
    return [...told];
  };

  expect(await after('second')).toEqual([]);
  expect(await after('first')).toEqual(['first', 'second']);
  expect(await after('third')).toEqual(['first', 'second', 'third']);
  await findings;
});

test('one that is stuck becomes a problem at its limit, and is told to end', async () => {
  const clock = new VirtualClock();
  let ended = false;
  const findings = findingsOf(
    [
      aCheck('stuck', (signal) => {
        signal.addEventListener('abort', () => {
          ended = true;
        });
        return new Promise(() => {});
      }),
      aCheck('other', async () => [ok('other', 'fine')]),
    ],
    clock,
  );

  await clock.advance(4_999);
  expect(ended).toBe(false);
  await clock.advance(1);

  expect(await findings).toEqual([
    { name: 'stuck', verdict: 'problem', detail: 'nothing was heard within 5 s', mend: 'wake it up' },
    { name: 'other', verdict: 'ok', detail: 'fine', mend: null },
  ]);
  expect(ended).toBe(true);
});

test('an expected failure is a problem with its mend, and nothing waits for its limit', async () => {
  const clock = new VirtualClock();

  const findings = findingsOf(
    [
      aCheck('host', async () => {
        throw new SymphonyError('host_unreachable', 'nobody is there; plug it in');
      }),
    ],
    clock,
  );
  await settled();

  expect(await findings).toMatchObject([
    { name: 'host', verdict: 'problem', detail: 'nobody is there', mend: 'plug it in' },
  ]);
  expect(clock.pending).toBe(0);
});

test('a bug is not taken for a finding', async () => {
  const findings = findingsOf(
    [
      aCheck('broken', async () => {
        throw new TypeError('a bug');
      }),
    ],
    new VirtualClock(),
  );

  await expect(findings).rejects.toThrow('a bug');
});
