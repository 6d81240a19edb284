import { describe, expect, test } from 'vitest';
import { Tally } from '../../src/engine/tally.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: whoever comes back to the terminal reads what became of the issues, and of what work may be lost.

const issue = someFacts({ identifier: 'MT-1', state: 'In Progress' });
const other = someFacts({ identifier: 'MT-2' });
const reviewed = { ...issue, state: 'In Review' };

/** A daemon at work on two issues, and what it has done so far. */
function working() {
  const core = new CoreDriver();
  const tally = new Tally();
  core.observe = tally.observe;
  core.begin(issue, other);
  const lines = (): string[] =>
    tally
      .summary({ tokens: 0, elapsedMs: 12_000, left: [], reported: [], logPath: 'log' })
      .split('\n')
      .slice(0, -1);
  return { core, tally, lines };
}

const RUNS = (retries: string): string => `${retries}, 0 failures, 0 tokens.`;

describe('an issue that was handed on', () => {
  test('by its own run is counted beside those that were finished', () => {
    const { core, lines } = working();

    core.exit(issue.id, { kind: 'issueInactive', issue: reviewed });
    core.exit(other.id, { kind: 'issueInactive', issue: { ...other, state: 'Done' } });

    expect(lines()).toEqual([
      'Nothing is left to do. 1 issue finished, 1 handed on in 12 s: MT-2.',
      RUNS('2 runs, 0 retries'),
      'Handed on: MT-1.',
    ]);
  });

  test('while its run was at work is counted once that has ended', () => {
    const { core, lines } = working();
    core.pass(30_000);
    core.answerPoll([], [reviewed, other]);
    expect(lines()[0]).toBe('Nothing is left to do. 0 issues finished in 12 s.');

    core.exit(issue.id, { kind: 'stopped', by: 'inactive' });

    expect(lines()[0]).toBe('Nothing is left to do. 0 issues finished, 1 handed on in 12 s.');
  });

  test('between two runs is counted by the poll that tells it', () => {
    const { core, lines } = working();
    core.exit(issue.id, { kind: 'agentFailed', reason: 'turn_failed', detail: 'it broke' });
    core.pass(5_000);
    core.send({ type: 'refreshRequested' });

    core.answerPoll([], [reviewed, other]);

    expect(lines()).toContain('Handed on: MT-1.');
  });

  test('and taken up again is counted by what becomes of it then', () => {
    const { core, lines } = working();
    core.exit(issue.id, { kind: 'issueInactive', issue: reviewed });
    core.pass(60_000);
    core.answerPoll([issue], [issue, other]);

    core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Done' } });

    expect(lines()).toEqual([
      'Nothing is left to do. 1 issue finished in 12 s: MT-1.',
      RUNS('3 runs, 0 retries'),
    ]);
  });

  test.each([
    ['gone from the tracker', null],
    ['active, but not for us any more', { ...issue, dispatchable: false }],
  ])('is none that is %s', (_what, told) => {
    const { core, lines } = working();

    core.exit(issue.id, { kind: 'issueInactive', issue: told });

    expect(lines()[0]).toBe('Nothing is left to do. 0 issues finished in 12 s.');
  });

  test('is none that nobody worked on, or that a person released', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    const tally = new Tally();
    core.observe = tally.observe;
    core.begin({ ...other, priority: 1 }, issue);
    core.send({ type: 'issueOrdered', issueId: issue.id, order: 'stop' });
    core.pass(30_000);
    core.answerPoll([], [{ ...issue, state: 'Backlog' }, other]);
    core.exit(other.id, { kind: 'agentFailed', reason: 'turn_failed', detail: 'it broke' });
    core.send({ type: 'issueOrdered', issueId: other.id, order: 'release' });

    const summary = tally.summary({ tokens: 0, elapsedMs: 0, left: [], reported: [], logPath: 'log' });

    expect(summary).not.toMatch(/handed on/iu);
  });
});

describe('a hook whose failure is ignored', () => {
  const of = (
    hook: 'after_run' | 'before_remove' | 'before_run',
    event: 'failed' | 'timedOut' | 'completed',
  ) => ({ hook, event, issue }) as const;

  test('is named in the summary, which then does not say that nothing is left to do', () => {
    const { tally, lines } = working();

    tally.hookReported(of('after_run', 'failed'));
    tally.hookReported(of('after_run', 'failed'));
    expect(lines()).toEqual([
      '0 issues finished in 12 s.',
      RUNS('2 runs, 0 retries'),
      '1 hook failed: after_run of MT-1.',
    ]);

    tally.hookReported(of('before_remove', 'timedOut'));
    expect(lines()).toContain('2 hooks failed: after_run of MT-1, before_remove of MT-1.');
    expect(tally.hasFailedHooks).toBe(true);
  });

  test('counts no more once it has succeeded for that issue', () => {
    const { tally, lines } = working();
    tally.hookReported(of('after_run', 'failed'));

    tally.hookReported(of('after_run', 'completed'));

    expect(tally.hasFailedHooks).toBe(false);
    expect(lines()).toHaveLength(2);
  });

  test('is none that fails its run, which is counted itself', () => {
    const { tally } = working();

    tally.hookReported(of('before_run', 'failed'));

    expect(tally.hasFailedHooks).toBe(false);
  });
});

test('tokens are those of this daemon, and not of those before it', () => {
  const core = new CoreDriver();
  const tally = new Tally();
  core.observe = tally.observe;
  const usage = { inputTokens: 900, outputTokens: 100, totalTokens: 1_000 };
  core.send({
    type: 'recovered',
    facts: [
      { type: 'began', board: 'memory' },
      { type: 'totalled', usage, endedRunMs: 5_000 },
    ],
  });

  const input = { elapsedMs: 2_000, left: [], reported: [], logPath: 'log' };
  expect(tally.summary({ ...input, tokens: core.state.totals.usage.totalTokens + 234 })).toContain(
    '0 runs, 0 retries, 0 failures, 234 tokens.',
  );
});
