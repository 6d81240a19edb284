import { readdirSync } from 'node:fs';
import { renderToString } from 'ink';
import { createElement } from 'react';
import { describe, expect, test } from 'vitest';
import { frame } from '../../src/dashboard/frame/frame.js';
import type { FrameInput } from '../../src/dashboard/frame/frame-input.js';
import { answering } from '../../src/dashboard/keys/answers.js';
import { type Cursor, type DetailUi, type ListUi, START } from '../../src/dashboard/keys/ui.js';
import { App } from '../../src/dashboard/terminal/app.js';
import { lineText } from '../../src/dashboard/text/line.js';
import type { HostRow } from '../../src/domain/snapshot.js';
import { aBusySnapshot, aFrameInput, anEvent, anExplanation, aWatched } from '../helpers/frames.js';
import {
  aBlockedRow,
  aParkedRow,
  aProblem,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
  SAMPLE_AT_MS,
} from '../helpers/snapshots.js';

const busy = aBusySnapshot();
const BLOCKED: Cursor = { issueId: 'ghi789', identifier: 'MT-651', index: 0 };
const RUNNING: Cursor = { issueId: 'r2', identifier: 'MT-9', index: 1 };
const list: ListUi = { kind: 'list', cursor: BLOCKED };
const detail: DetailUi = { kind: 'detail', cursor: BLOCKED, scroll: 'end', showsRules: false, back: list };
const UNLISTED: Cursor = { issueId: null, identifier: 'B-7', index: 0 };
const unlisted = { snapshot: busy, ui: { ...detail, cursor: UNLISTED }, columns: 100, rows: 24 } as const;
const openIssue = { snapshot: busy, ui: detail, watched: aWatched() } as const;

const failing = aSnapshot({
  polling: { ...aSnapshot().polling, failure: aProblem(), lastSuccessAtMs: SAMPLE_AT_MS - 300_000 },
  problems: [aProblem()],
});
const badWorkflow = aSnapshot({
  workflowProblem: aProblem({
    code: 'invalid_workflow_config',
    message: 'polling.interval_ms (line 4) must be positive',
  }),
  polling: { ...aSnapshot().polling, checking: true },
});
const held = {
  ...busy,
  hold: { kind: 'draining', sinceWallMs: SAMPLE_AT_MS - 60_000 },
  polling: { ...busy.polling, intervalMs: 120_000, pausedUntilMs: SAMPLE_AT_MS + 45_000 },
  accountLimit: { untilMs: SAMPLE_AT_MS + 7_200_000, reason: 'The usage limit of codex is reached' },
} as const;
const manyRows = aSnapshot({
  running: Array.from({ length: 250 }, (_, n) =>
    aRunningRow({ identifier: `MT-${n + 1}`, issueId: `m${n}` }),
  ),
  waiting: { count: 400, identifiers: Array.from({ length: 20 }, (_, n) => `W-${n * 37}`) },
  maxConcurrentAgents: 250,
});
const longQuestion = aBlockedRow({
  title: 'Pick a database',
  question: {
    kind: 'userInput',
    text: 'Which database should the new service use? '.repeat(30),
    choices: ['PostgreSQL, as everything else does', 'SQLite', '新しいもの'],
  },
});
const asking = { ...busy, blocked: [longQuestion] };
const ofBacklog = anExplanation({
  identifier: 'B-7',
  title: 'Try the new parser',
  url: 'https://linear.app/acme/issue/B-7',
  state: 'Backlog',
  standing: 'ineligible',
  headline: 'state Backlog is not among the active ones: Todo, In Progress',
  rules: [
    { rule: 'complete', verdict: 'passes', fact: 'id, identifier, title and state are there' },
    { rule: 'not_terminal', verdict: 'passes', fact: 'state Backlog is not among the terminal ones' },
    {
      rule: 'active',
      verdict: 'holds',
      fact: 'state Backlog is not among the active ones: Todo, In Progress',
    },
  ],
});
const choosing = answering(BLOCKED, longQuestion.question, list);

const FRAMES: { readonly [name: string]: FrameInput } = {
  empty: aFrameInput(),
  'list-60': aFrameInput({ snapshot: busy, columns: 60, ui: { kind: 'list', cursor: RUNNING } }),
  'list-80x24': aFrameInput({ snapshot: busy, columns: 80, rows: 24 }),
  'list-120': aFrameInput({ snapshot: busy, ui: list }),
  'list-200': aFrameInput({ snapshot: busy, columns: 200 }),
  'list-without-keys': aFrameInput({ snapshot: busy, hasKeys: false, columns: 100 }),
  'many-rows-top': aFrameInput({ snapshot: manyRows, columns: 100, rows: 24 }),
  'many-rows-middle': aFrameInput({
    snapshot: manyRows,
    columns: 100,
    rows: 24,
    ui: { kind: 'list', cursor: { issueId: 'm99', identifier: 'MT-100', index: 99 } },
  }),
  'many-rows-waiting': aFrameInput({
    snapshot: manyRows,
    columns: 100,
    rows: 24,
    ui: { kind: 'list', cursor: { issueId: null, identifier: 'W-111', index: 253 } },
  }),
  'hold-120': aFrameInput({ snapshot: held }),
  'hold-60': aFrameInput({ snapshot: held, columns: 60, rows: 24 }),
  paused: aFrameInput({
    snapshot: aSnapshot({ hold: { kind: 'paused', sinceWallMs: SAMPLE_AT_MS - 5_000 } }),
    rows: 20,
    columns: 80,
  }),
  'tracker-failure': aFrameInput({ snapshot: failing }),
  'workflow-problem': aFrameInput({ snapshot: badWorkflow, links: { dashboardUrl: null, project: null } }),
  hosts: aFrameInput({
    snapshot: {
      ...busy,
      hosts: [
        aHost({ name: 'worker-1', running: 2 }),
        aHost({ name: 'worker-2', running: 1, capacity: null, isDraining: true }),
        aHost({
          name: 'build@worker-3.internal:2222',
          down: {
            reason: 'ssh: connect to host worker-3.internal port 2222: Connection timed out',
            sinceMs: SAMPLE_AT_MS - 90_000,
            nextTryAtMs: SAMPLE_AT_MS + 30_000,
          },
        }),
        ...Array.from({ length: 20 }, (_, n) => aHost({ name: `worker-${n + 4}` })),
      ],
    },
    columns: 100,
  }),
  'out-of-touch': aFrameInput({
    snapshot: busy,
    mode: 'attached',
    fault: 'The daemon does not answer at its socket.',
    nowMs: SAMPLE_AT_MS + 64_000,
    columns: 100,
  }),
  'order-taken': aFrameInput({
    snapshot: busy,
    ui: list,
    notice: { kind: 'done', text: 'MT-651 goes on, without an answer, as soon as there is a slot.' },
    columns: 60,
    rows: 24,
  }),
  'order-refused': aFrameInput({
    snapshot: busy,
    ui: { kind: 'list', cursor: RUNNING },
    notice: { kind: 'failed', text: 'MT-9 is being worked on.' },
    columns: 80,
    rows: 24,
  }),
  'detail-60': aFrameInput({ ...openIssue, columns: 60, rows: 30 }),
  'detail-80x24': aFrameInput({ ...openIssue, columns: 80, rows: 24 }),
  'detail-120': aFrameInput({ ...openIssue, columns: 120 }),
  'detail-200': aFrameInput({ ...openIssue, columns: 200 }),
  'detail-rules': aFrameInput({ ...openIssue, ui: { ...detail, showsRules: true }, columns: 80, rows: 40 }),
  'detail-scrolled': aFrameInput({
    ...openIssue,
    ui: { ...detail, scroll: 30 },
    watched: aWatched({ events: Array.from({ length: 90 }, (_, n) => anEvent(n)) }),
    columns: 80,
    rows: 30,
  }),
  'detail-out-of-touch': aFrameInput({
    ...openIssue,
    mode: 'attached',
    fault: 'The daemon does not answer at its socket.',
    columns: 80,
    rows: 24,
  }),
  'detail-running': aFrameInput({
    snapshot: busy,
    ui: { ...detail, cursor: RUNNING },
    watched: aWatched({ identifier: 'MT-9', explained: { kind: 'asking' }, events: [] }),
    columns: 100,
    rows: 24,
  }),
  'detail-unknown': aFrameInput({
    ...unlisted,
    watched: aWatched({ identifier: 'B-7', explained: { kind: 'unknown' }, events: [] }),
    columns: 80,
  }),
  'detail-unlisted': aFrameInput({
    ...unlisted,
    watched: aWatched({
      identifier: 'B-7',
      explained: { kind: 'known', explanation: ofBacklog },
      events: [],
    }),
  }),
  'detail-tracker-failed': aFrameInput({
    ...unlisted,
    watched: aWatched({
      identifier: 'B-7',
      explained: { kind: 'failed', message: 'Linear answered 503.' },
      events: [],
    }),
  }),
  'detail-tracker-left-alone': aFrameInput({
    ...unlisted,
    watched: aWatched({
      identifier: 'B-7',
      explained: {
        kind: 'postponed',
        message:
          '10 issues were looked up within a minute, which is as often as the tracker is asked for that; ask again in 24 s',
      },
      events: [],
    }),
  }),
  'go-to-60': aFrameInput({
    snapshot: busy,
    ui: { kind: 'goTo', editor: { before: 'b-', after: '7' }, back: list },
    columns: 60,
    rows: 24,
  }),
  'go-to-120': aFrameInput({
    ...openIssue,
    ui: { kind: 'goTo', editor: { before: 'acme/a-very-long-name-'.repeat(6), after: '' }, back: detail },
    rows: 24,
  }),
  'confirm-stop-60': aFrameInput({
    snapshot: busy,
    ui: {
      kind: 'confirm',
      about: { kind: 'stop', target: RUNNING },
      back: { kind: 'list', cursor: RUNNING },
    },
    columns: 60,
    rows: 24,
  }),
  'confirm-release-80': aFrameInput({
    ...openIssue,
    ui: { kind: 'confirm', about: { kind: 'release', target: BLOCKED }, back: detail },
    columns: 80,
    rows: 24,
  }),
  'confirm-quit-120': aFrameInput({
    snapshot: busy,
    ui: { kind: 'confirm', about: { kind: 'quit' }, back: START },
    rows: 30,
  }),
  'confirm-drain-200': aFrameInput({
    snapshot: busy,
    ui: { kind: 'confirm', about: { kind: 'drain' }, back: START },
    columns: 200,
    rows: 30,
  }),
  'answer-approval-80': aFrameInput({
    snapshot: busy,
    ui: answering(BLOCKED, aBlockedRow().question, list),
    columns: 80,
    rows: 20,
  }),
  'answer-choices-60': aFrameInput({
    snapshot: asking,
    ui: { ...choosing, chosen: 2 },
    columns: 60,
    rows: 24,
  }),
  'answer-choices-200': aFrameInput({ snapshot: asking, ui: choosing, columns: 200, rows: 24 }),
  'answer-words-120': aFrameInput({
    snapshot: asking,
    ui: {
      ...choosing,
      chosen: 3,
      editor: { before: 'Use the one that 例えば the team knows, ', after: 'and say why.' },
    },
    rows: 24,
  }),
  'answer-not-asked-any-more': aFrameInput({ snapshot: busy, ui: choosing, columns: 80, rows: 16 }),
  'help-60': aFrameInput({ ui: { kind: 'help', scroll: 0, back: START }, columns: 60, rows: 24 }),
  'help-120': aFrameInput({ ui: { kind: 'help', scroll: 0, back: START } }),
  'help-attached': aFrameInput({ ui: { kind: 'help', scroll: 99, back: START }, mode: 'attached', rows: 24 }),
  'too-small': aFrameInput({ snapshot: busy, columns: 45, rows: 12 }),
};

function aHost(fields: Partial<HostRow>): HostRow {
  return { name: 'worker-1', running: 0, capacity: 2, link: null, down: null, isDraining: false, ...fields };
}

const linesOf = (fields: Partial<FrameInput>): string[] => frame(aFrameInput(fields)).lines.map(lineText);

describe('the frame', () => {
  test.each(Object.keys(FRAMES))('%s is the one on file', async (name) => {
    const input = FRAMES[name] ?? aFrameInput();

    const { lines } = frame(input);
    const drawn = renderToString(createElement(App, { lines }), { columns: input.columns });

    const ruler = '-'.repeat(input.columns);
    const selected = lines.flat().filter(({ tone }) => tone === 'selected');
    const notes = selected.map(({ text }) => `\nhighlighted: "${text.trimEnd()}"`).join('');
    await expect(`${drawn}\n${ruler}${notes}\n`).toMatchFileSnapshot(`../../fixtures/frames/${name}.txt`);
  });

  test('on file is one of these', () => {
    const files = readdirSync(new URL('../../fixtures/frames/', import.meta.url));

    expect(files.sort()).toEqual(
      Object.keys(FRAMES)
        .map((name) => `${name}.txt`)
        .sort(),
    );
  });

  test('shows a retry error with line breaks and commas as one row', () => {
    const retrying = [aRetryingRow({ error: 'exit 1, signal: none,\n  stack, deep\r\n' })];

    const lines = linesOf({ snapshot: aSnapshot({ retrying }) });

    expect(lines.filter((line) => line.includes('MT-650'))).toEqual([
      '│ ↻ MT-650   Todo           in 27s       attempt 3  exit 1, signal: none, stack, deep',
    ]);
  });

  test('lets the runtime of live runs go on between snapshots', () => {
    const snapshot = aSnapshot({
      running: [aRunningRow(), aRunningRow()],
      totals: { inputTokens: 0, outputTokens: 0, totalTokens: 0, secondsRunning: 50 },
    });

    const lines = linesOf({ snapshot, nowMs: SAMPLE_AT_MS + 3_000 });

    expect(lines).toContainEqual(expect.stringMatching(/^│ Runtime {6}56s/u));
  });

  test('puts who waits for a person before who works, and who waits for time after', () => {
    const snapshot = aSnapshot({
      parked: [aParkedRow()],
      retrying: [aRetryingRow()],
      running: [aRunningRow()],
      blocked: [aBlockedRow()],
      waiting: { count: 1, identifiers: ['MT-700'] },
      ineligible: { count: 1, identifiers: ['MT-800'] },
    });

    const titles = linesOf({ snapshot }).flatMap((line) => /^├─ (\w+)/u.exec(line)?.[1] ?? []);

    expect(titles).toEqual(['Blocked', 'Parked', 'Running', 'Backoff', 'Waiting', 'Not']);
  });

  test('has a column for hosts where there are workers, and none where all runs on one machine', () => {
    const worker = aHost({ name: 'worker-7' });
    const heads = [[], [worker]].map((hosts) => {
      const lines = linesOf({ snapshot: aSnapshot({ running: [aRunningRow({ host: 'worker-7' })], hosts }) });
      return [lines.some((line) => line.includes('HOST')), lines.some((line) => line.includes('worker-7'))];
    });

    expect(heads).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  test('says how long ago the tracker was read, what is left of its requests, and that it is asked more rarely', () => {
    const polling = {
      ...aSnapshot().polling,
      budget: { limit: 1_500, remaining: 37, windowMs: 3_600_000, requestsPerPoll: 2 },
      intervalMs: 90_000,
    };

    const text = linesOf({ snapshot: aSnapshot({ polling }), columns: 200 }).join('\n');

    expect(text).toContain('linear ✓ read 21s ago, refresh in 9s');
    expect(text).toContain('37/1,500 left, 2 per poll');
    expect(text).toContain('Polling      every 1m 30s instead of 30s');
  });

  test('tells what happened again and again once, the newest first', () => {
    const problems = [
      aProblem({ atMs: SAMPLE_AT_MS - 9_000 }),
      aProblem({ message: 'another', atMs: SAMPLE_AT_MS - 6_000 }),
      aProblem({ atMs: SAMPLE_AT_MS }),
    ];

    const lines = linesOf({ snapshot: aSnapshot({ problems }) }).filter((line) => line.startsWith('│ ! '));

    expect(lines).toEqual(['│ ! 3s ago      Linear answered 503.  ×2', '│ ! 9s ago      another']);
  });

  test('colours events by what they mean', () => {
    const running = [
      aRunningRow(),
      aRunningRow({ identifier: 'MT-650', lastEvent: 'turn_failed', lastMessage: 'turn failed: boom' }),
    ];

    const tones = frame(aFrameInput({ snapshot: aSnapshot({ running }) }))
      .lines.flat()
      .filter(({ text }) => text.startsWith('turn '))
      .map(({ tone }) => tone);

    expect(tones).toEqual(['good', 'bad']);
  });
});
