import { expect, test } from 'vitest';
import { judgeIssueOrder } from '../../src/core/orders.js';
import { judgeAnswer } from '../../src/core/questions.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: whoever orders a retry or answers is told what it really waits for.

const issue = someFacts({ identifier: 'MT-1', state: 'In Progress' });
const other = someFacts({ identifier: 'MT-2', priority: 1 });
const HOUR_MS = 3_600_000;

type Happens = (core: CoreDriver) => unknown;

const pauses: Happens = (core) => core.send({ type: 'dispatchOrdered', order: 'pause' });
const drains: Happens = (core) => core.send({ type: 'dispatchOrdered', order: 'drain' });
const breaks: Happens = (core) =>
  core.send({
    type: 'workflowBroke',
    failure: { code: 'workflow_parse_error', message: 'line 14: bad indent', retryAfterMs: null },
  });
const usesUp =
  (afterMs: number): Happens =>
  (core) =>
    core.exit(other.id, { kind: 'usageLimited', untilWallMs: core.wallMs + afterMs, detail: 'weekly' });
const missesTracker: Happens = (core) => {
  core.pass(5_000);
  core.exit(other.id, { kind: 'agentFailed', reason: 'turn_failed', detail: 'it broke' });
  core.pass(10_000);
  core.failReRead();
};

/** MT-1 asks something while MT-2 is worked on. */
function asking(...happens: readonly Happens[]): CoreDriver {
  const core = new CoreDriver();
  core.begin(other, issue);
  core.beginTurn(issue.id, 'thread-1');
  core.exit(issue.id, {
    kind: 'inputRequired',
    question: { kind: 'userInput', text: 'Which one?', choices: [] },
  });
  for (const happen of happens) happen(core);
  return core;
}

const WAITS: readonly [string, readonly Happens[]][] = [
  ['as soon as there is a slot', []],
  ['once dispatch is resumed and there is a slot', [pauses]],
  ['once dispatch is resumed and there is a slot', [drains]],
  ['once the workflow file is mended and there is a slot', [breaks]],
  ['once the limit of the agent’s account has passed at 09:00:00 UTC and there is a slot', [usesUp(HOUR_MS)]],
  [
    'once the limit of the agent’s account has passed at 2027-01-18 08:00:00 UTC and there is a slot',
    [usesUp(72 * HOUR_MS)],
  ],
  ['once the tracker has answered again and there is a slot', [missesTracker]],
  ['once dispatch is resumed and the workflow file is mended and there is a slot', [breaks, pauses]],
];

test.each(WAITS)('an answered issue goes on %s', (when, happens) => {
  const core = asking(...happens);

  expect(judgeAnswer(core.state, issue.id, { answer: { kind: 'text', text: 'The first.' } })).toEqual({
    kind: 'queued',
    message: `MT-1 is answered and goes on ${when}.`,
  });
  const effects = core.send({
    type: 'questionAnswered',
    issueId: issue.id,
    answer: { kind: 'text', text: 'The first.' },
  });
  const isAsked = effects.some(({ type }) => type === 'refreshIssues' || type === 'startRun');
  expect(isAsked).toBe(happens.length === 0);
});

test.each(WAITS)('an issue that is retried without an answer goes on %s', (when, happens) => {
  expect(judgeIssueOrder(asking(...happens).state, issue.id, 'retry')).toEqual({
    kind: 'taken',
    message: `MT-1 goes on, without an answer, ${when}.`,
  });
});

test('an issue that a usage limit set aside goes on before its time, and no other one', () => {
  const core = asking(usesUp(HOUR_MS));

  expect(judgeIssueOrder(core.state, other.id, 'retry')).toEqual({
    kind: 'taken',
    message: 'MT-2 goes on as soon as there is a slot.',
  });
  pauses(core);
  expect(judgeIssueOrder(core.state, other.id, 'retry')).toEqual({
    kind: 'taken',
    message: 'MT-2 goes on once dispatch is resumed and there is a slot.',
  });
});
