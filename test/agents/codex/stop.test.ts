import { describe, expect, test } from 'vitest';
import { openFixture } from '../../helpers/agent-session.js';
import { until } from '../../helpers/board-daemon.js';
import { leftOf } from '../../helpers/processes.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';
import '../../helpers/leaks.js';

const COMMAND = { type: 'commandExecution', id: 'c', command: 'npm start' };
const started = ['item/started', { item: COMMAND }];
const completed = ['item/completed', { item: COMMAND }];
const turnCompleted = [
  'turn/completed',
  { turn: { id: 'turn-1', status: 'completed', items: [], error: null } },
];

/** The methods of what the agent received, from the first turn on. */
function methodsOf(received: readonly { readonly [name: string]: unknown }[]): unknown[] {
  const methods = received.map(({ method }) => method);
  return methods.slice(methods.indexOf('turn/start'));
}

describe('closing a session', () => {
  test('interrupts the turn, then has its commands ended, and tells no more', async () => {
    const { runTurn, session, received, reports } = await openFixture('tells', {
      env: { TELLS: JSON.stringify([started]) },
    });
    const turn = runTurn();
    await until('the command', () => reports.find(({ message }) => message === 'running npm start'));

    await session.close();

    expect(await turn).toMatchObject({ kind: 'failed', reason: 'turn_cancelled' });
    expect(methodsOf(await received())).toEqual([
      'turn/start',
      'turn/interrupt',
      'thread/backgroundTerminals/clean',
    ]);
  });

  test('after its turns has commands ended that they left in the background', async () => {
    const { runTurn, session, received } = await openFixture('tells', {
      env: { TELLS: JSON.stringify([started, turnCompleted]) },
    });

    expect(await runTurn()).toEqual({ kind: 'completed' });
    await session.close();

    expect(methodsOf(await received())).toEqual(['turn/start', 'thread/backgroundTerminals/clean']);
  });

  test('asks for nothing when there is nothing to end', async () => {
    const { runTurn, session, received } = await openFixture('tells', {
      env: { TELLS: JSON.stringify([started, completed, turnCompleted]) },
    });

    expect(await runTurn()).toEqual({ kind: 'completed' });
    await session.close();

    expect(methodsOf(await received())).toEqual(['turn/start']);
  });

  test('waits a second for an agent that answers nothing, then ends it all the same', async () => {
    const clock = new VirtualClock();
    const { runTurn, session, reports } = await openFixture('deaf', { clock });
    void runTurn();
    await until('the command', () => reports.find(({ message }) => message === 'running npm start'));
    const agent = reports.flatMap(({ processId }) => processId ?? []).slice(0, 1);
    let isClosed = false;

    const closed = session.close().then(() => {
      isClosed = true;
    });
    await clock.advance(999);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    await closed;

    expect(await leftOf(agent)).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('is over at once for an agent that has gone', async () => {
    const clock = new VirtualClock();
    const { runTurn, session } = await openFixture('crashes-in-turn', { clock });

    expect(await runTurn()).toMatchObject({ kind: 'failed', reason: 'port_exit' });
    await session.close();

    expect(clock.pending).toBe(0);
  });
});
