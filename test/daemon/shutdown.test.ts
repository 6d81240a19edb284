import { expect, test } from 'vitest';
import { Shutdown } from '../../src/daemon/shutdown.js';

const STOPPED = { kind: 'stopped', farewell: 'symphony stopped' } as const;
const CRASHED = { kind: 'crashed', error: new Error('a bug') } as const;

/** A shutdown that tells in words what it does, in order. */
function aShutdown() {
  const told: string[] = [];
  const shutdown = new Shutdown({
    logger: () => ({
      info: (message) => told.push(`logged ${message}`),
      error: (message) => told.push(`logged ${message}`),
    }),
    endRuns: async () => {
      told.push('runs ended');
    },
  });
  const own = (name: string): void => shutdown.own(() => void told.push(`${name} ended`));
  return { shutdown, told, own };
}

test('the runs end first, and then what was started, newest first', async () => {
  const { shutdown, told, own } = aShutdown();
  own('log');
  own('port');

  await shutdown.begin(STOPPED);

  expect(told).toEqual(['runs ended', 'logged symphony stopped', 'port ended', 'log ended']);
  expect(await shutdown.ended).toEqual(STOPPED);
});

test('a daemon ends once, and as it was told first', async () => {
  const { shutdown, told, own } = aShutdown();
  own('log');
  expect(shutdown.hasBegun).toBe(false);

  await Promise.all([shutdown.begin(CRASHED), shutdown.begin(STOPPED)]);

  expect(shutdown.hasBegun).toBe(true);
  expect(await shutdown.ended).toBe(CRASHED);
  expect(told.filter((what) => what === 'runs ended' || what === 'log ended')).toHaveLength(2);
});

test('one that fails to end does not keep the others', async () => {
  const { shutdown, told, own } = aShutdown();
  own('log');
  shutdown.own(() => {
    throw new Error('busy');
  });
  shutdown.ownBounded(() => Promise.reject(new Error('gone')));

  await shutdown.close();

  expect(told).toEqual(['logged shutdown step failed', 'logged shutdown step failed', 'log ended']);
});
