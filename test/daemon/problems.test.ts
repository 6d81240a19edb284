import { expect, test } from 'vitest';
import { Problems } from '../../src/daemon/problems.js';

const UNREAD = { code: 'tracker_response', message: 'A-1 has no title' };
const FAILED = { code: 'tracker_status', message: 'Linear answered 503.' };

test('problems that are told before anybody listens wait, and go on in the order in which they were told', () => {
  const problems = new Problems({ keepsUnread: false });
  const passed: unknown[] = [];
  problems.report(UNREAD);
  problems.report(FAILED);

  problems.passTo((problem) => passed.push(problem));
  problems.report(UNREAD);

  expect(passed).toEqual([UNREAD, FAILED, UNREAD]);
});

test('records that the tracker could not read are remembered once each where a summary will tell them, and only there', () => {
  const summed = new Problems({ keepsUnread: true });
  const endless = new Problems({ keepsUnread: false });
  for (const problem of [UNREAD, FAILED, UNREAD]) {
    summed.report(problem);
    endless.report(problem);
  }

  expect(summed.unread).toEqual([UNREAD.message]);
  expect(endless.unread).toEqual([]);
});
