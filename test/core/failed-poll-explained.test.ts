import { expect, test } from 'vitest';
import { Explanations } from '../../src/core/explain.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: after a failed poll it is told, as it will be, whether what gets a slot is asked about or waits for a poll.

const issue = someFacts({ identifier: 'MT-1' });
const first = someFacts({ identifier: 'MT-4', state: 'In Progress', priority: 1 });
const second = someFacts({ identifier: 'MT-9', state: 'In Progress', priority: 1 });
const FAILED = 'the last poll failed: the tracker answered 500';

/** MT-1 waits, because MT-4 and MT-9 hold all slots. */
function waiting(pollIntervalMs: number): CoreDriver {
  const core = new CoreDriver({ maxConcurrentAgents: 2, pollIntervalMs });
  core.begin(first, second, issue);
  return core;
}

/** MT-1 waits, and the last poll failed, with a wish for silence perhaps. */
function afterFailure({ pollIntervalMs = 30_000, silenceMs = 0 } = {}): CoreDriver {
  const core = waiting(pollIntervalMs);
  core.pass(pollIntervalMs);
  if (silenceMs === 0) core.failPoll();
  else core.failPoll(silenceMs);
  return core;
}

const ends = (core: CoreDriver) => core.exit(first.id, { kind: 'issueInactive', issue: null });

function trackerRule(core: CoreDriver) {
  const rules = new Explanations(core.state, core).of('MT-1')?.rules ?? [];
  const { verdict, fact } = rules.find(({ rule }) => rule === 'tracker_answers') ?? {};
  return { verdict, fact };
}

test('without a slot the tracker may be asked, and is as soon as there is one', () => {
  const core = afterFailure();
  expect(trackerRule(core)).toEqual({
    verdict: 'passes',
    fact: `${FAILED}; it is asked again as soon as there is a slot`,
  });

  expect(ends(core)).toContainEqual(expect.objectContaining({ type: 'refreshIssues', ids: [issue.id] }));
  expect(trackerRule(core)).toEqual({
    verdict: 'passes',
    fact: `${FAILED}; it is being asked about what could start`,
  });

  expect(core.answerReRead(issue)).toContainEqual(expect.objectContaining({ type: 'startRun', issue }));
});

test('a tracker that failed that question too is waited for', () => {
  const core = afterFailure();
  ends(core);

  core.failReRead();

  expect(trackerRule(core)).toEqual({
    verdict: 'holds',
    fact: `${FAILED}; nothing starts before one succeeds`,
  });
  const effects = core.exit(second.id, { kind: 'issueInactive', issue: null });
  expect(effects.map(({ type }) => type)).not.toContain('refreshIssues');
});

test('a slot that came free while the tracker wanted silence is filled by the next poll', () => {
  const core = afterFailure({ silenceMs: 5_000 });
  ends(core);
  expect(trackerRule(core).verdict).toBe('holds');

  core.pass(6_000);

  expect(trackerRule(core)).toEqual({
    verdict: 'passes',
    fact: `${FAILED}; it is asked again with the next one at the latest`,
  });
});

test('what was read a moment before the failure starts on that', () => {
  const core = afterFailure({ pollIntervalMs: 2_000 });

  expect(trackerRule(core)).toEqual({
    verdict: 'passes',
    fact: 'the tracker answered about it a moment ago',
  });
  expect(ends(core)).toContainEqual(expect.objectContaining({ type: 'startRun', issue }));
});
