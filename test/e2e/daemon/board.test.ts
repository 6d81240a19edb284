import { describe, expect, test } from 'vitest';
import { agentCommand, DAEMON_TEST, Place, until } from '../../helpers/board-daemon.js';

// Goal: a board is worked empty by the built program, in order and within its limits (SPEC 8.2, 8.3, 16).

/** Issues in the order in which their agents started. */
function starts(place: Place): string[] {
  return place.journal().flatMap((line) => (line.startsWith('start ') ? [line.split(' ')[1] ?? ''] : []));
}

/** The most agents that were at work at the same time, by what they say themselves. */
function mostAtOnce(place: Place, isCounted: (identifier: string) => boolean = () => true): number {
  let [now, most] = [0, 0];
  for (const line of place.journal()) {
    const [event, identifier = ''] = line.split(' ');
    if (!isCounted(identifier)) continue;
    if (event === 'start') now += 1;
    if (event === 'done') now -= 1;
    most = Math.max(most, now);
  }
  return most;
}

const ONE_BY_ONE = { max_concurrent_agents: 1 };
const QUICK_AGENTS = { command: agentCommand('done') };

describe.concurrent('a board', DAEMON_TEST, () => {
  test('is worked empty by priority, then age, then identifier, and the daemon ends with a summary', async (context) => {
    const place = new Place(context, { agent: ONE_BY_ONE, codex: QUICK_AGENTS });
    place.issue('A-1', { priority: 'low' });
    place.issue('A-2', { priority: 0 });
    place.issue('A-3', { priority: 1 });
    place.issue('A-4', { priority: 2, created_at: '2026-03-02T10:00:00Z' });
    place.issue('A-5', { priority: 2, created_at: '2026-03-01T10:00:00Z' });
    place.issue('A-7', { created_at: '2026-01-01T10:00:00Z' });
    place.issue('A-6', { created_at: '2026-01-01T10:00:00Z' });
    place.issue('A-8', { state: 'Backlog' });

    const daemon = place.run('--until-idle');

    expect(await daemon.exited).toEqual({ code: 0, signal: null });
    expect(starts(place)).toEqual(['A-3', 'A-5', 'A-4', 'A-1', 'A-6', 'A-7', 'A-2']);
    expect(daemon.stdout).toContain('7 issues finished');
    expect(daemon.stdout).toContain('7 runs, 0 retries, 0 failures, 84 tokens.');
    expect(['A-1', 'A-7', 'A-8'].map((identifier) => place.stateOf(identifier))).toEqual([
      'Done',
      'Done',
      'Backlog',
    ]);
    expect(place.has('workspaces/A-1')).toBe(false);
  });

  test('starts an issue only once all its blockers are terminal', async (context) => {
    const place = new Place(context, { codex: QUICK_AGENTS });
    place.issue('A-1', { priority: 1, blocked_by: ['A-2', 'A-3'] });
    place.issue('A-2', { priority: 3, blocked_by: ['A-3'] });
    place.issue('A-3', { priority: 4 });
    place.issue('A-4', { state: 'In Progress', blocked_by: ['A-1'] });

    expect(await place.run('--until-idle').exited).toEqual({ code: 0, signal: null });

    expect(starts(place).filter((identifier) => identifier !== 'A-4')).toEqual(['A-3', 'A-2', 'A-1']);
    const journal = place.journal();
    const startOf = (identifier: string) =>
      journal.findIndex((line) => line.startsWith(`start ${identifier} `));
    expect(startOf('A-2')).toBeGreaterThan(journal.indexOf('done A-3'));
    expect(startOf('A-1')).toBeGreaterThan(journal.indexOf('done A-2'));
    // Work that has begun is not held back by a blocker.
    expect(startOf('A-4')).toBeLessThan(startOf('A-1'));
  });

  test('has no more agents at work than the limit, and no more in a state than the limit for that state', async (context) => {
    const place = new Place(context, {
      agent: { max_concurrent_agents: 3, max_concurrent_agents_by_state: { ' todo ': 1, Done: 0 } },
    });
    const todo = ['A-1', 'A-2', 'A-3'];
    const begun = ['B-1', 'B-2', 'B-3'];
    for (const identifier of todo) place.issue(identifier, { priority: 1 });
    for (const identifier of begun) place.issue(identifier, { state: 'In Progress' });
    const daemon = await place.daemon();

    const state = await daemon.running('A-1', 'B-1', 'B-2');
    expect(state.waiting).toEqual({ count: 3, issue_identifiers: ['A-2', 'A-3', 'B-3'] });

    for (const identifier of [...todo, ...begun]) place.order(identifier, 'done');
    await until('an empty board', () => [...todo, ...begun].every((name) => place.stateOf(name) === 'Done'));
    expect(mostAtOnce(place)).toBe(3);
    expect(mostAtOnce(place, (identifier) => todo.includes(identifier))).toBe(1);
  });

  test('of many quick issues does not wait for polls', async (context) => {
    const place = new Place(context, {
      polling: { interval_ms: 3_600_000 },
      agent: { max_concurrent_agents: 5 },
      codex: QUICK_AGENTS,
    });
    const identifiers = Array.from({ length: 30 }, (_, index) => `Q-${index + 1}`);
    for (const identifier of identifiers) place.issue(identifier);

    const daemon = place.run('--until-idle');

    expect(await daemon.exited).toEqual({ code: 0, signal: null });
    expect(starts(place).sort()).toEqual([...identifiers].sort());
    // Agents this quick need not all meet; that the limit is also reached is shown above, with agents that stay.
    expect(mostAtOnce(place)).toBeLessThanOrEqual(5);
    expect(daemon.stdout).toContain('30 runs, 0 retries, 0 failures');
    const [summary = ''] = /^Nothing is left to do[\s\S]+\.\n(?=30 runs)/m.exec(daemon.stdout) ?? [];
    expect(summary).toMatch(/^Nothing is left to do\. 30 issues finished in \d+ s: Q-/);
    expect(summary.match(/Q-\d+/g)).toHaveLength(20);
    expect(summary).toMatch(/Q-\d+\s+and\s+10\s+more\.\n$/);
    expect(summary.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('of two thousand files has its first agents start, and the API answers meanwhile', async (context) => {
    const place = new Place(context, { agent: { max_concurrent_agents: 2 } });
    for (let number = 1; number <= 2_000; number += 1) {
      place.issue(`N-${number}`, { priority: number === 1_500 || number === 700 ? 1 : 3 });
    }
    const daemon = await place.daemon();

    const state = await daemon.running('N-1500', 'N-700');
    expect(state.waiting.count).toBe(1_998);
    expect(state.counts).toMatchObject({ running: 2, retrying: 0 });
    expect(state.problems).toEqual([]);
  });
});

describe.concurrent('a daemon that ends when idle', DAEMON_TEST, () => {
  test('ends with a failure when somebody has to answer, and says who waits for what', async (context) => {
    const place = new Place(context, {
      codex: { command: agentCommand('done'), approval_policy: 'on-request' },
    });
    place.issue('A-1');
    place.issue('A-2', { priority: 1 });
    place.order('A-2', 'ask');

    const daemon = place.run('--until-idle');

    expect((await daemon.exited).code).toBe(1);
    expect(daemon.stdout).toContain('1 issue finished');
    expect(daemon.stdout).toMatch(/^A-2 waits for a person: .*npm publish/m);
    expect(place.has('workspaces/A-2')).toBe(true);
  });

  test('ends with a failure when rules hold issues back, and says which ones and why', async (context) => {
    const place = new Place(context, { tracker: { required_labels: ['agent-ok'] }, codex: QUICK_AGENTS });
    place.issue('A-1', { labels: ['agent-ok'] });
    place.issue('A-2', { labels: ['agent-ok'], blocked_by: ['A-9'] });
    place.issue('A-9', { labels: ['agent-ok'], state: 'Backlog' });
    for (let number = 10; number < 22; number += 1) place.issue(`A-${number}`);

    const daemon = place.run('--until-idle');

    expect((await daemon.exited).code).toBe(1);
    expect(daemon.stdout).toMatch(/^1 issue finished in \d+ s: A-1\.$/m);
    expect(daemon.stdout).not.toContain('Nothing is left');
    expect(daemon.stdout).toContain('13 issues are left:\n');
    expect(daemon.stdout).toContain('A-10 is held back: label `agent-ok` missing\n');
    expect(daemon.stdout.match(/is held back/g)).toHaveLength(10);
    expect(daemon.stdout).toContain('\nand 3 more\n');
  });

  test('ends with a failure when nothing could be begun', async (context) => {
    const place = new Place(context);
    place.issue('A-1', { blocked_by: ['A-2'] });
    place.issue('A-2', { state: 'Backlog' });

    const daemon = place.run('--until-idle');

    expect((await daemon.exited).code).toBe(1);
    expect(daemon.stdout).toMatch(/^No issue could be worked on\.$/m);
    expect(daemon.stdout).toMatch(/^A-1 is held back: .*blocked by A-2 \(Backlog\)$/m);
  });

  test('does not say that nothing is left of a board with a file that cannot be read', async (context) => {
    const place = new Place(context, { codex: QUICK_AGENTS });
    place.issue('A-1');
    place.write('board/A-2.md', '---\nidentifier: [\n---\n');

    const daemon = place.run('--until-idle');

    await daemon.exited;
    expect(daemon.stdout).toMatch(/^1 issue finished/m);
    expect(daemon.stdout).toMatch(/^The tracker reported: A-2\.md.*left out until it is mended$/m);
    expect(daemon.stdout).not.toContain('Nothing is left');
  });

  test('waits for retries, and finishes what failed at first', async (context) => {
    const place = new Place(context, { codex: QUICK_AGENTS });
    place.issue('A-1');
    place.order('A-1', 'crash');

    const daemon = place.run('--until-idle');

    expect((await daemon.exited).code).toBe(0);
    expect(daemon.stdout).toContain('2 runs, 1 retry, 1 failure');
    expect(
      place
        .journal()
        .filter((line) => line.startsWith('start '))
        .map((line) => line.split(' ')[3]),
    ).toEqual(['attempt=none', 'attempt=1']);
  });

  test('says so when there is nothing to do', async (context) => {
    const daemon = new Place(context).run('--until-idle');

    expect((await daemon.exited).code).toBe(0);
    expect(daemon.stdout).toContain('Nothing to do');
  });
});
