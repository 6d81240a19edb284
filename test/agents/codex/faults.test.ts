import { describe, expect, test } from 'vitest';
import { openFixture } from '../../helpers/agent-session.js';
import { until } from '../../helpers/board-daemon.js';
import '../../helpers/leaks.js';

// Goal: whatever a broken agent does ends in a result that says so, and never in a daemon that waits, swells or fails.

describe('an agent that ends', () => {
  test('between the handshake and the first turn fails the turn, with its reason', async () => {
    const { runTurn } = await openFixture('crashes-after-handshake');

    expect(await runTurn()).toEqual({
      kind: 'failed',
      reason: 'port_exit',
      detail: 'the agent exited with status 4: the licence server is gone',
    });
  });

  test('in the middle of its last line fails the turn, and the line is malformed', async () => {
    const { runTurn, reports } = await openFixture('truncates', { env: { KEPT: '30' } });

    expect(await runTurn()).toMatchObject({ kind: 'failed', reason: 'port_exit' });
    expect(reports.filter(({ event }) => event === 'malformed').map(({ message }) => message)).toEqual([
      '{"method":"turn/completed","pa',
    ]);
  });

  test('with a last line that is whole but for its newline is understood', async () => {
    const { runTurn } = await openFixture('truncates');

    expect(await runTurn()).toEqual({ kind: 'completed' });
  });
});

describe('an agent that says everything twice', () => {
  test('has its turns ended once each, and its requests answered', async () => {
    const { runTurn, received, events } = await openFixture('answers-twice');

    expect([await runTurn(), await runTurn()]).toEqual([{ kind: 'completed' }, { kind: 'completed' }]);

    expect(events().filter((event) => event === 'turn_completed')).toHaveLength(2);
    expect(events().filter((event) => event === 'session_started')).toHaveLength(2);
    const answers = async () =>
      (await received()).filter(({ id, method }) => id === 7 && method === undefined);
    // A turn ends with the first of its answers; the second may still be on its way.
    await until('the last answer', async () => (await answers()).length >= 4);
    expect(await answers()).toEqual(Array(4).fill({ id: 7, result: { decision: 'acceptForSession' } }));
  });
});

describe('an agent that sends a hundred thousand notifications at once', () => {
  const MOST_KEPT_BYTES = 300 * 1024 * 1024;
  const FLOOD = 100_000;

  test('leaves time for everything else in between, and nothing of them is kept', async () => {
    let turns = 0;
    let inThisTurn = 0;
    let mostInOneTurn = 0;
    let reports = 0;
    const { runTurn } = await openFixture('floods', {
      onReport: () => {
        reports += 1;
        inThisTurn += 1;
      },
    });
    const isOver = { now: false };
    const nextTurn = (): void => {
      turns += 1;
      mostInOneTurn = Math.max(mostInOneTurn, inThisTurn);
      inThisTurn = 0;
      if (!isOver.now) setImmediate(nextTurn);
    };
    nextTurn();
    const before = process.memoryUsage().rss;

    expect(await runTurn()).toEqual({ kind: 'completed' });
    isOver.now = true;

    // All that is shown, and hardly any of the pieces.
    expect(reports).toBeGreaterThan(FLOOD / 2);
    expect(reports).toBeLessThan(FLOOD / 2 + 100);
    // Not by the clock, which tells more of the machine: the loop turned, and did little in each turn.
    expect(turns).toBeGreaterThan(20);
    expect(mostInOneTurn).toBeLessThan(FLOOD / 4);
    expect(process.memoryUsage().rss - before).toBeLessThan(MOST_KEPT_BYTES);
  });
});
