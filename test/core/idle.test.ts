import { describe, expect, test } from 'vitest';
import { isIdle } from '../../src/core/idle.js';
import { someFacts, someSettings } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: idle means that nothing is left to do, and never only that nothing is known to be left.

const issue = someFacts();
const aWorkspace = {
  key: 'MT-9',
  path: '/workspaces/MT-9',
  host: 'local',
  issueId: 'id of MT-9',
  identifier: 'MT-9',
};
const QUESTION = { kind: 'userInput', text: 'Which one?', choices: [] } as const;

test('is idle once a person has stopped what runs, and the board shows nothing else', () => {
  const core = new CoreDriver();
  core.begin(issue);
  core.send({ type: 'issueOrdered', issueId: issue.id, order: 'stop' });
  core.exit(issue.id, { kind: 'stopped', by: 'operator' });
  core.pass(1_000);

  core.answerPoll([issue]);

  expect(isIdle(core.state)).toBe(true);
});

test('is not idle before the board was read, and is when there is nothing on it', () => {
  const core = new CoreDriver();
  expect(isIdle(core.state)).toBe(false);

  core.begin();

  expect(isIdle(core.state)).toBe(true);
});

describe('is not idle', () => {
  test.each([
    ['while a run lives', (core: CoreDriver) => core.begin(issue)],
    [
      'while a retry waits',
      (core: CoreDriver) => {
        core.begin(issue);
        core.exit(issue.id, { kind: 'turnsExhausted', issue });
      },
    ],
    [
      'while the account waits for its reset',
      (core: CoreDriver) => {
        core.begin(issue);
        core.exit(issue.id, { kind: 'usageLimited', untilWallMs: null, detail: 'used up' });
      },
    ],
    [
      'while a workspace is being removed',
      (core: CoreDriver) => {
        core.begin(issue);
        core.pass(1_000);
        core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Done' } });
        core.answerPoll([]);
      },
    ],
    [
      'while the tracker fails',
      (core: CoreDriver) => {
        core.begin();
        core.pass(30_000);
        core.failPoll();
      },
    ],
    [
      'while the workflow is broken',
      (core: CoreDriver) => {
        core.begin();
        const failure = { code: 'workflow_parse_error', message: '', retryAfterMs: null } as const;
        core.send({ type: 'workflowBroke', failure });
      },
    ],
    [
      'before the workspaces on disk are known',
      (core: CoreDriver) => {
        core.send({ type: 'started' });
        core.answerPoll([]);
      },
    ],
    [
      'when workspaces became known while the board was being read: their issues may be finished',
      (core: CoreDriver) => {
        core.send({ type: 'started' });
        core.send({ type: 'workspacesSurveyed', host: 'local', workspaces: [aWorkspace] });
        core.answerPoll([]);
      },
    ],
    [
      'while a candidate waits that no slot fits',
      (core: CoreDriver) => {
        core.send({
          type: 'workflowReloaded',
          settings: someSettings({ maxConcurrentAgentsByState: { todo: 0 } }),
        });
        core.begin(issue);
      },
    ],
    [
      'when a run has just ended: it may have set another issue free',
      (core: CoreDriver) => {
        core.begin(issue);
        core.exit(issue.id, { kind: 'issueInactive', issue: null });
      },
    ],
    [
      'when a person has just stopped a run, for the same reason',
      (core: CoreDriver) => {
        core.begin(issue);
        core.send({ type: 'issueOrdered', issueId: issue.id, order: 'stop' });
        core.exit(issue.id, { kind: 'stopped', by: 'operator' });
      },
    ],
    [
      'when a run ended while the board was being read',
      (core: CoreDriver) => {
        core.begin(issue);
        core.pass(30_000);
        core.exit(issue.id, { kind: 'issueInactive', issue: null });
        core.answerPoll([]);
      },
    ],
    [
      'when the settings changed since the board was read',
      (core: CoreDriver) => {
        core.begin();
        core.pass(30_000);
        core.failPoll(60_000);
        core.pass(60_000);
        core.answerPoll([]);
        core.pass(30_000);
        core.send({ type: 'workflowReloaded', settings: someSettings({ activeStates: ['Rework'] }) });
        core.answerPoll([]);
      },
    ],
  ])('%s', (_when, happen) => {
    const core = new CoreDriver();

    happen(core);

    expect(isIdle(core.state)).toBe(false);
  });
});

test('is idle once the workspaces that were found have been asked about', () => {
  const core = new CoreDriver();
  core.send({ type: 'started' });
  core.send({ type: 'workspacesSurveyed', host: 'local', workspaces: [aWorkspace] });
  core.answerPoll([]);
  core.pass(1_000);

  core.answerPoll([]);

  expect(isIdle(core.state)).toBe(true);
});

test('is not idle before all of many workspaces have been asked about, which happens soon', () => {
  const core = new CoreDriver();
  const workspaces = Array.from({ length: 120 }, (_, index) => ({
    ...aWorkspace,
    key: `MT-${index}`,
    issueId: `issue ${index}`,
  }));
  core.send({ type: 'started' });
  core.send({ type: 'workspacesSurveyed', host: 'local', workspaces });
  core.answerPoll([]);

  for (const _ of [1, 2]) {
    core.pass(1_000);
    core.answerPoll([]);
    expect(isIdle(core.state)).toBe(false);
  }
  core.pass(1_000);
  core.answerPoll([]);

  expect(isIdle(core.state)).toBe(true);
});

test('a blocked issue waits for a person, and so does not count', () => {
  const core = new CoreDriver();
  core.begin(issue);
  core.pass(1_000);
  core.exit(issue.id, { kind: 'inputRequired', question: QUESTION });

  // What it did before it asked may have set others free.
  expect(isIdle(core.state)).toBe(false);
  core.pass(1_000);
  core.answerPoll([]);
  expect(isIdle(core.state)).toBe(true);
});

test('is idle again once the board was read after the last run', () => {
  const core = new CoreDriver();
  core.begin(issue);
  core.pass(1_000);
  core.exit(issue.id, { kind: 'issueInactive', issue: null });

  core.answerPoll([]);

  expect(isIdle(core.state)).toBe(true);
});
