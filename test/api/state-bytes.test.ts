import { expect, test } from 'vitest';
import { stateResponse } from '../../src/api/state.js';
import { stateBytes } from '../../src/api/state-bytes.js';
import type { Snapshot } from '../../src/domain/snapshot.js';
import {
  aBlockedRow,
  aParkedRow,
  aProblem,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
} from '../helpers/snapshots.js';

// Goal: an answer put together of rows that were written before is the answer that would be written anew.

const LINKS = { dashboard: 'http://127.0.0.1:1/', project: null };

function written(snapshot: Snapshot): string {
  return stateBytes(snapshot, LINKS).toString('utf8');
}

test.each([
  ['nothing', aSnapshot()],
  [
    'one row of a kind',
    aSnapshot({ running: [aRunningRow()], parked: [aParkedRow({ reason: 'Größe "[],"' })] }),
  ],
  [
    'many rows',
    aSnapshot({
      running: [aRunningRow(), aRunningRow({ lastMessage: null })],
      retrying: [aRetryingRow(), aRetryingRow({ error: '}],"running":[' })],
      blocked: [aBlockedRow(), aBlockedRow()],
      parked: [aParkedRow(), aParkedRow(), aParkedRow()],
      problems: [aProblem()],
    }),
  ],
])('the state with %s is written as JSON writes it', (_what, snapshot) => {
  expect(written(snapshot)).toBe(JSON.stringify(stateResponse(snapshot, LINKS)));
});

test('a row that has changed is written anew, and stands where it stands now', () => {
  const [first, second] = [aRunningRow({ identifier: 'MT-1' }), aRunningRow({ identifier: 'MT-2' })];
  written(aSnapshot({ running: [first, second] }));
  const changed = aSnapshot({ running: [{ ...second, lastMessage: 'and now this' }, first] });

  expect(written(changed)).toBe(JSON.stringify(stateResponse(changed, LINKS)));
});
