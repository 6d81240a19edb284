import { describe, expect, test } from 'vitest';
import { affordableGapMs } from '../../src/core/budget.js';
import { snapshot } from '../../src/core/snapshot.js';
import type { RequestBudget } from '../../src/domain/request-budget.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

const HOUR_MS = 3_600_000;

function aBudget(fields: Partial<RequestBudget>): RequestBudget {
  return { limit: 2_500, remaining: 2_500, windowMs: HOUR_MS, requestsPerPoll: 1, ...fields };
}

describe('the least time between two polls', () => {
  test('is none while the tracker counts nothing, or half of its allowance is left', () => {
    expect(affordableGapMs(null)).toBe(0);
    expect(affordableGapMs(aBudget({ remaining: 1_250 }))).toBe(0);
  });

  test('takes a part of what flows back that shrinks with what is left', () => {
    expect(affordableGapMs(aBudget({ remaining: 625 }))).toBe(4 * 1_440);
    expect(affordableGapMs(aBudget({ remaining: 250 }))).toBe(10 * 1_440);
    expect(affordableGapMs(aBudget({ remaining: 250, requestsPerPoll: 4 }))).toBe(40 * 1_440);
  });

  test('has an end, also when nothing is left', () => {
    expect(affordableGapMs(aBudget({ remaining: 0 }))).toBe(72_000);
    expect(affordableGapMs(aBudget({ remaining: 0, requestsPerPoll: 100 }))).toBe(600_000);
  });
});

/** A daemon that polls every five seconds and has just been told what is left. */
function aDaemon(budget: RequestBudget): CoreDriver {
  const core = new CoreDriver({ pollIntervalMs: 5_000 });
  core.send({ type: 'started' });
  core.send({ type: 'workspacesSurveyed', host: 'local', workspaces: [] });
  core.send({ type: 'pollAnswered', request: core.pollRequest, candidates: [], refreshed: [], budget });
  return core;
}

describe('polling', () => {
  const scarce = aBudget({ remaining: 250 });

  test('slows down while the allowance runs low, shows it, and takes up its pace again', () => {
    const core = aDaemon(scarce);

    expect(core.pass(14_399)).toEqual([]);
    expect(snapshot(core.state, core).polling).toMatchObject({
      intervalMs: 14_400,
      configuredIntervalMs: 5_000,
      budget: scarce,
    });
    expect(core.pass(1)).toMatchObject([{ type: 'poll' }]);

    const { pollRequest: request } = core;
    core.send({ type: 'pollAnswered', request, candidates: [], refreshed: [], budget: aBudget({}) });
    expect(core.pass(5_000)).toMatchObject([{ type: 'poll' }]);
  });

  test('for every change that the tracker announces keeps to the same pace', () => {
    const core = aDaemon(scarce);

    expect(core.send({ type: 'trackerChanged' })).toEqual([]);
    expect(core.send({ type: 'issuesChanged', issueIds: ['one'] })).toEqual([]);
    expect(core.pass(14_399)).toEqual([]);
    expect(core.pass(1)).toMatchObject([{ type: 'poll' }]);
  });

  test('at a person’s order happens at once all the same', () => {
    expect(aDaemon(scarce).send({ type: 'refreshRequested' })).toMatchObject([{ type: 'poll' }]);
  });

  test('that is throttled pauses until the tracker wants it, and shows until when', () => {
    const core = new CoreDriver();
    core.begin(someFacts());
    core.pass(30_000);

    core.failPoll(45_000);

    expect(snapshot(core.state, core).polling).toMatchObject({ pausedUntilMs: core.wallMs + 45_000 });
    expect(core.pass(44_999)).toEqual([]);
    expect(core.pass(1)).toMatchObject([{ type: 'poll' }]);
    expect(snapshot(core.state, core).polling).toMatchObject({ pausedUntilMs: null });
  });
});
