import { expect, test } from 'vitest';
import type { Fact } from '../../src/core/facts.js';
import type { CoreSettings } from '../../src/core/settings.js';
import { History } from '../../src/observe/history.js';
import { Secrets } from '../../src/observe/redact.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: whoever starts a daemon is told what it has of the last one, above all why it does nothing.

const QUESTION = { kind: 'userInput', text: 'Which database?', choices: [] } as const;
const MT1 = someFacts({ identifier: 'MT-1' });

/** What is told when a daemon begins, with these settings, with what this one leaves. */
function toldAfter(
  live: (core: CoreDriver) => void,
  settings: Partial<CoreSettings> = {},
): [string, string][] {
  const before = new CoreDriver();
  const facts: Fact[] = [];
  before.observe = (_event, decision) => facts.push(...decision.facts);
  live(before);
  const core = new CoreDriver(settings);
  const history = new History({ secrets: new Secrets(), now: () => core.wallMs, onListenerFailed: () => {} });
  core.observe = history.observe;
  core.send({ type: 'recovered', facts });
  return history.events({ limit: 100 }).events.map(({ kind, message }) => [kind, message]);
}

test('each issue that it goes on with is told, and how it stands', () => {
  const told = toldAfter((core) => {
    core.begin(MT1);
    core.send({ type: 'issueOrdered', issueId: MT1.id, order: 'stop' });
    core.exit(MT1.id, { kind: 'stopped', by: 'operator' });
  });

  expect(told).toEqual([
    ['journal_recovered', 'goes on with one issue of the last daemon'],
    ['issue_parked', 'still set aside: stopped by an operator'],
  ]);
});

test('a question that was asked long ago is not told as if it were asked now', () => {
  const told = toldAfter((core) => {
    core.begin(MT1);
    core.exit(MT1.id, { kind: 'inputRequired', question: QUESTION });
  });

  expect(told).toContainEqual(['issue_blocked', 'still blocked, waiting for a person: Which database?']);
});

test('a retry whose time has come waits for no time', () => {
  const told = toldAfter((core) => {
    core.begin(MT1);
    core.exit(MT1.id, { kind: 'agentFailed', reason: 'agent_overloaded', detail: 'busy' });
    core.send({ type: 'shutdownRequested' });
  });

  expect(told).toContainEqual(['retry_scheduled', 'retry 1 is due: agent_overloaded: busy']);
});

test('a pause that still holds is told with what takes it back', () => {
  const told = toldAfter((core) => {
    core.begin();
    core.send({ type: 'dispatchOrdered', order: 'pause' });
  });

  expect(told).toEqual([
    [
      'dispatch_still_paused',
      'dispatch is still paused, as a person ordered: "symphony resume" lets it go on',
    ],
  ]);
});

test('a limit of the account that still holds is told, also when no issue waits for its end any more', () => {
  const told = toldAfter((core) => {
    core.begin(MT1);
    core.exit(MT1.id, { kind: 'usageLimited', untilWallMs: core.wallMs + 3_600_000, detail: 'weekly' });
    core.send({ type: 'issueOrdered', issueId: MT1.id, order: 'release' });
  });

  expect(told).toEqual([
    ['account_still_limited', 'nothing new starts before 2027-01-15T09:00:00.000Z: usage limit: weekly'],
  ]);
});

test('what was forgotten because the workflow file names another board is told', () => {
  const told = toldAfter((core) => core.begin(MT1), { board: 'local /elsewhere' });

  expect(told).toEqual([
    [
      'board_changed',
      expect.stringMatching(
        /^what was left to do on the board ".*" is forgotten: the board is "local \/elsewhere" now$/u,
      ),
    ],
  ]);
});

test('nothing is told of a daemon that left nothing', () => {
  expect(toldAfter((core) => core.begin())).toEqual([]);
});
