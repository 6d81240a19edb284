import { describe, expect, test } from 'vitest';
import { crashBy, type DaemonEnd, idleEnd, stoppedEnd } from '../../src/daemon/daemon-end.js';
import { SymphonyError } from '../../src/domain/error.js';
import type { BoardRow } from '../../src/domain/explanation.js';
import { Tally } from '../../src/engine/tally.js';
import { Secrets } from '../../src/observe/redact.js';
import { stamped } from '../helpers/build.js';
import { aSnapshot, SAMPLE_AT_MS } from '../helpers/snapshots.js';

const SECRET = 'lin_api_0123456789abcdef';

function anIssueLeft(fields: Pick<BoardRow, 'standing' | 'reason'>): BoardRow {
  const named = { issueId: 'id-1', identifier: 'A-1', title: 'Left', url: null };
  return { ...named, state: 'Todo', priority: null, labels: [], ...fields };
}

/** The end of a daemon that was idle with this. */
function ended({
  left = [],
  reported = [],
  tally = new Tally(),
}: {
  left?: BoardRow[];
  reported?: string[];
  tally?: Tally;
}): {
  readonly lines: readonly string[];
  readonly failed: boolean;
} {
  const secrets = new Secrets();
  secrets.add([SECRET]);
  const end: DaemonEnd = idleEnd({
    ...{ left, reported, secrets, tally },
    snapshot: aSnapshot(),
    logPath: 'log/symphony.log',
    wallMs: SAMPLE_AT_MS,
  });
  if (end.kind !== 'idle') throw new Error(`it ended as ${end.kind}`);
  return { lines: end.summary.split('\n'), failed: end.failed };
}

describe('the end of a daemon with nothing left to do', () => {
  test('is a success where nothing is left, whatever the tracker reported', () => {
    expect(ended({ reported: ['B-7 has no state'] })).toMatchObject({ failed: false });
    expect(ended({})).toEqual({
      failed: false,
      lines: [
        'Nothing to do: the board has no issue that could be worked on.',
        '0 runs, 0 retries, 0 failures, 0 tokens.',
        'Log: log/symphony.log',
      ],
    });
  });

  test('fails by what it leaves, and tells who waits for a person and who is held back', () => {
    const left = [
      anIssueLeft({ standing: 'blocked', reason: 'approval required' }),
      anIssueLeft({ standing: 'ineligible', reason: 'label missing' }),
    ];

    const { lines, failed } = ended({ left });

    expect(failed).toBe(true);
    expect(lines).toContain('A-1 waits for a person: approval required');
    expect(lines).toContain('A-1 is held back: label missing');
  });

  test('fails by a hook that may not have saved the work, though nothing is left', () => {
    const tally = new Tally();
    tally.hookReported({ hook: 'after_run', event: 'failed', issue: { id: 'id-1', identifier: 'A-1' } });

    expect(ended({ tally })).toMatchObject({
      failed: true,
      lines: expect.arrayContaining(['1 hook failed: after_run of A-1.']),
    });
  });

  test('tells texts from outside as one harmless line each, without secrets', () => {
    const reason = `\u001b[31mred\u001b[0m\nsecond line ${SECRET} ${'x'.repeat(1_000)}`;
    const left = [anIssueLeft({ standing: 'blocked', reason })];

    const { lines } = ended({ left, reported: [`a record\nwith ${SECRET}`] });

    expect(lines).toHaveLength(6);
    expect(lines.join('\n')).not.toContain(SECRET);
    expect(lines.join('\n')).not.toContain('\u001b');
    expect(lines.find((line) => line.startsWith('A-1'))).toHaveLength(
      'A-1 waits for a person: '.length + 300,
    );
  });
});

describe('the end of a daemon', () => {
  test('that was told to stop says how many runs that ended', () => {
    expect(stoppedEnd(2, 'a.log')).toEqual({
      kind: 'stopped',
      farewell: 'symphony stopped: 2 runs were ended, they go on at the next start; log: a.log',
    });
  });

  test('is a crash when its journal fails, and by no other event', () => {
    const now = { atMs: 1, wallMs: SAMPLE_AT_MS };
    const failure = { code: 'store_failed', message: 'the disk is full', retryAfterMs: null } as const;

    expect(crashBy(stamped({ type: 'storeFailed', failure }, now))).toEqual({
      kind: 'crashed',
      error: new SymphonyError('store_failed', 'the disk is full'),
    });
    expect(crashBy(stamped({ type: 'shutdownRequested' }, now))).toBeNull();
  });
});
