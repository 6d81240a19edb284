import type { Question } from '../../src/domain/session.js';
import type { Snapshot } from '../../src/domain/snapshot.js';
import fc from './properties.js';
import {
  aBlockedRow,
  aParkedRow,
  aProblem,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
  SAMPLE_AT_MS,
} from './snapshots.js';

/** Texts that have broken terminals before, alone and in between. */
const HOSTILE = [
  '👩‍👩‍👧',
  '🇩🇪',
  '1️⃣',
  '❤️',
  '✔',
  '™',
  'नि',
  'กำ',
  '각',
  'e\u0301\u0301\u0301\u0301\u0301',
  '\u0301',
  'שלום',
  'مرحبا',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u00ad',
  '\u3164',
  '\u001b[31m',
  '\u001b]8;;http://x\u0007',
  '\u001b[2J',
  '\u009b2J',
  '\u0007',
  '\r\n',
  '\t',
  '\u0000',
  '\ud83d',
  'ﷺ',
  '\u{e0041}',
  '日本語',
  'ﾊﾞ',
  ' ',
];

/** Any text that a tracker, an agent or a person may write. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary' }), fc.string()), { maxLength: 8 })
  .map((parts) => parts.join(''));

const someTime = fc.integer({ min: -400_000_000, max: 400_000_000 }).map((ms) => SAMPLE_AT_MS + ms);
const nullable = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 3 });

const anyQuestion: fc.Arbitrary<Question> = fc.record({
  kind: fc.constantFrom('commandApproval', 'fileChangeApproval', 'permission', 'userInput', 'elicitation'),
  text: fc.oneof(
    anyText,
    anyText.map((text) => `${text} `.repeat(40)),
  ),
  choices: fc.array(anyText, { maxLength: 12 }),
});

const named = { issueId: fc.string({ minLength: 1, maxLength: 4 }), identifier: anyText, title: anyText };
const placed = { ...named, state: anyText, host: nullable(anyText) };
const count = fc.integer({ min: 0, max: 2_000_000_000 });

const unclaimed = fc.array(anyText, { maxLength: 20 }).chain((identifiers) =>
  fc.record({
    count: fc.nat(500).map((more) => identifiers.length + more),
    identifiers: fc.constant(identifiers),
  }),
);

/** Any snapshot that a daemon could come to, with any texts in it; the ids of its issues are unique. */
export const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    running: rows(
      fc
        .record({ ...placed, startedAtMs: someTime, turnCount: count, lastMessage: nullable(anyText) })
        .map(aRunningRow),
      12,
    ),
    retrying: rows(
      fc.record({ ...placed, dueAtMs: someTime, attempt: count, error: nullable(anyText) }).map(aRetryingRow),
    ),
    blocked: rows(fc.record({ ...placed, blockedAtMs: someTime, question: anyQuestion }).map(aBlockedRow)),
    parked: rows(fc.record({ ...placed, untilMs: nullable(someTime), reason: anyText }).map(aParkedRow)),
    waiting: unclaimed,
    ineligible: unclaimed,
    hold: nullable(
      fc.record({ kind: fc.constantFrom('paused' as const, 'draining' as const), sinceWallMs: someTime }),
    ),
    workflowProblem: nullable(anyText.map((message) => aProblem({ message }))),
    accountLimit: nullable(fc.record({ untilMs: someTime, reason: anyText })),
    problems: fc.array(
      fc.record({ message: anyText, identifier: nullable(anyText), atMs: someTime }).map(aProblem),
      { maxLength: 20 },
    ),
    throughput: fc.record({
      tokensPerSecond: count,
      samples: fc.array(count, { maxLength: 24 }),
      sampleMs: fc.constant(25_000),
    }),
    trackerKind: anyText,
    hosts: fc.array(
      fc.record({
        name: anyText,
        running: count,
        capacity: nullable(count),
        link: fc.constant(null),
        down: nullable(fc.record({ reason: anyText, sinceMs: someTime, nextTryAtMs: someTime })),
        isDraining: fc.boolean(),
      }),
      { maxLength: 5 },
    ),
  })
  .map((fields) => withUniqueIds(aSnapshot(fields)));

function rows<T>(row: fc.Arbitrary<T>, maxLength = 4): fc.Arbitrary<T[]> {
  return fc.array(row, { maxLength });
}

/** An issue has at most one claim. */
function withUniqueIds(snapshot: Snapshot): Snapshot {
  let next = 0;
  const unique = <T extends { readonly issueId: string }>(rowsOfOne: readonly T[]): T[] =>
    rowsOfOne.map((row) => {
      next += 1;
      return { ...row, issueId: `${row.issueId}-${next}` };
    });
  return {
    ...snapshot,
    running: unique(snapshot.running),
    retrying: unique(snapshot.retrying),
    blocked: unique(snapshot.blocked),
    parked: unique(snapshot.parked),
  };
}
