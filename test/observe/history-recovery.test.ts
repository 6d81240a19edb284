import { expect, test } from 'vitest';
import type { Fact } from '../../src/core/facts.js';
import { History } from '../../src/observe/history.js';
import { Secrets } from '../../src/observe/redact.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: whoever starts a daemon is told what it has of the last one, above all why it does nothing.

const MT1 = someFacts({ identifier: 'MT-1' });

/** What is told when a daemon begins with what this one leaves. */
function toldAfter(live: (core: CoreDriver) => void): [string, string][] {
  const before = new CoreDriver();
  const facts: Fact[] = [];
  before.observe = (_event, decision) => facts.push(...decision.facts);
  live(before);
  const core = new CoreDriver();
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
    ['issue_parked', 'set aside: stopped by an operator'],
  ]);
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

test('nothing is told of a daemon that left nothing', () => {
  expect(toldAfter((core) => core.begin())).toEqual([]);
});
