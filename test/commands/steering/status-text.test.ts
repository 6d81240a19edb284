import { expect, test } from 'vitest';
import { stateResponse } from '../../../src/api/state.js';
import { statusLines } from '../../../src/commands/steering/status-text.js';
import { width } from '../../../src/dashboard/text/text.js';
import { SymphonyError } from '../../../src/domain/error.js';
import type { HostRow, Snapshot } from '../../../src/domain/snapshot.js';
import { aDownHost, aHostRow } from '../../helpers/host-rows.js';
import {
  aBlockedRow,
  aParkedRow,
  aProblem,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
  SAMPLE_AT_MS,
} from '../../helpers/snapshots.js';

// Goal: one look tells what runs, what waits for a person, and what is wrong.

const BUSY: Partial<Snapshot> = {
  hold: { kind: 'paused', sinceWallMs: SAMPLE_AT_MS - 65_000 },
  running: [aRunningRow(), aRunningRow({ identifier: 'MT-7', stopping: 'operator', lastMessage: null })],
  retrying: [aRetryingRow()],
  blocked: [aBlockedRow({ identifier: '\u001b[31mMT-651\u0007', question: aQuestion('Run\nnpm publish?') })],
  parked: [aParkedRow()],
  ineligible: { count: 1, identifiers: ['\u001b]0;x\u0007N-1'] },
  waiting: { count: 12, identifiers: Array.from({ length: 12 }, (_, at) => `W-${at + 1}`) },
  totals: { inputTokens: 1_210, outputTokens: 805, totalTokens: 2_015, secondsRunning: 318 },
  problems: [aProblem({ identifier: 'MT-1' })],
  workflowProblem: aProblem({ code: 'invalid_workflow_config', message: 'line 14: polling.interval' }),
  accountLimit: { untilMs: SAMPLE_AT_MS + 60_000, reason: 'usage limit reached' },
};

const HOSTS: readonly HostRow[] = [
  aHostRow('build-1', { running: 2, link: { connections: 1, sessions: 2 } }),
  aDownHost('build-2', 'nothing listens at\nbuild-2:22'),
  aDownHost('build-3', '\u001b[2Jno sign of life', { forMs: 10_000, inMs: 0 }),
  aHostRow('build-4', {
    running: 1,
    capacity: null,
    link: { connections: 1, sessions: 1 },
    isDraining: true,
  }),
];

function aQuestion(text: string) {
  return { kind: 'commandApproval', text, choices: [] } as const;
}

test('a daemon with nothing to do has a short status', () => {
  expect(statusLines(stateResponse(aSnapshot()), null, null)).toEqual([
    'Daemon   running for 1h 0m, as of 2026-02-24T20:15:30Z',
    'Agents   0 of 10 running, 0 retrying, 0 blocked, 0 set aside',
    'Tracker  linear, read 18s ago, next poll in 12s',
    'Tokens   0 (0 in, 0 out), 0/s',
    'Runtime  0s',
  ]);
});

test('a retry that something holds beyond its time is due, and counts no seconds', () => {
  const retrying = [aRetryingRow({ dueAtMs: SAMPLE_AT_MS - 9_000, error: 'dispatch is paused' })];

  expect(statusLines(stateResponse(aSnapshot({ retrying })), null, null)).toContain(
    'MT-650  Todo         3  now  dispatch is paused',
  );
});

test('a daemon that ends is not said to have been ending since it began', () => {
  expect(statusLines(stateResponse(aSnapshot({ mode: 'stopping' })), null, null)[0]).toBe(
    'Daemon   stopping, up for 1h 0m, as of 2026-02-24T20:15:30Z',
  );
});

test('a busy daemon shows what needs a person first, and nothing that could steer the terminal', () => {
  expect(statusLines(stateResponse(aSnapshot(BUSY)), null, null)).toEqual([
    'Daemon        running for 1h 0m, as of 2026-02-24T20:15:30Z',
    'Dispatch      paused for 1m 5s',
    'Agents        2 of 10 running, 1 retrying, 1 blocked, 1 set aside',
    'Waiting       12: W-1, W-2, W-3, W-4, W-5, W-6, W-7, W-8, W-9, W-10, …',
    'Not eligible  1, "symphony explain ID" says why: N-1',
    'Tracker       linear, read 18s ago, next poll in 12s',
    'Tokens        2,015 (1,210 in, 805 out), 0/s',
    'Runtime       5m 18s',
    'Account       usage limit reached, until 2026-02-24T20:16:30Z',
    'Workflow      nothing new starts: line 14: polling.interval',
    '',
    'Blocked',
    'ID      STATE          FOR  ASKS',
    'MT-651  In Progress  2m 0s  Run npm publish?',
    '',
    'Running',
    'ID      STATE        PHASE             AGE  TURNS  TOKENS  LAST',
    'MT-649  In Progress  streamingTurn  5m 18s      7   2,000  turn completed',
    'MT-7    In Progress  stopping       5m 18s      7   2,000  turn_completed',
    '',
    'Retrying',
    'ID      STATE  ATTEMPT     DUE  ERROR',
    'MT-650  Todo         3  in 30s  no available orchestrator slots',
    '',
    'Set aside',
    'ID      STATE        UNTIL                 REASON',
    'MT-652  In Progress  2026-02-24T22:15:30Z  usage limit reached',
    '',
    'Problems',
    '   TIME  CODE            ID    PROBLEM',
    '18s ago  tracker_status  MT-1  Linear answered 503.',
  ]);
});

test('issues that a rule keeps out are counted, with the command that tells which rule', () => {
  const ineligible = (count: number): string[] => {
    const identifiers = Array.from({ length: Math.min(count, 500) }, (_, at) => `N-${at + 1}`);
    return statusLines(stateResponse(aSnapshot({ ineligible: { count, identifiers } })), null, null);
  };

  expect(ineligible(0).join()).not.toContain('eligible');
  expect(ineligible(2)).toContain('Not eligible  2, "symphony explain ID" says why: N-1, N-2');
  expect(ineligible(1_200).find((line) => line.startsWith('Not'))).toMatch(/ 1,200, .*: N-1, .*, N-10, …$/u);
});

test('workers are shown with their load, and those that are down with the reason and the next try', () => {
  const lines = statusLines(stateResponse(aSnapshot({ hosts: HOSTS })), null, null);

  expect(lines.slice(lines.indexOf('Workers'))).toEqual([
    'Workers',
    'HOST     RUNNING  CONNECTIONS  NOTE',
    'build-1      2/4            1',
    'build-2      0/4            -  down for 1m 30s, next try in 30s: nothing listens at build-2:22',
    'build-3      0/4            -  down for 10s, being tried now: no sign of life',
    'build-4        1            1  gets nothing new',
  ]);
});

test('why nothing new starts can be read to its end on a narrow terminal', () => {
  const message =
    'WORKFLOW.md, line 13: Flow map in block collection must be sufficiently indented and end with a }';
  const state = stateResponse(
    aSnapshot({ workflowProblem: aProblem({ code: 'workflow_parse_error', message }) }),
  );

  expect(statusLines(state, null, 60).slice(-3)).toEqual([
    'Workflow  nothing new starts: WORKFLOW.md, line 13: Flow map',
    '          in block collection must be sufficiently indented',
    '          and end with a }',
  ]);
});

test.each([60, 80, 120])('the status fits %i columns', (columns) => {
  for (const line of statusLines(stateResponse(aSnapshot({ ...BUSY, hosts: HOSTS })), null, columns))
    expect(width(line)).toBeLessThanOrEqual(columns);
});

test('a state that is no longer up to date says so first', () => {
  const error = new SymphonyError('daemon_unreachable', 'no daemon runs');

  expect(statusLines(stateResponse(aSnapshot()), { error, sinceMs: 0 }, null)[0]).toBe(
    'Stale    no daemon runs',
  );
});
