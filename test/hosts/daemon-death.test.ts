import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { needs } from '../helpers/needs.js';
import { alive, aPlace, HARD_TREE, HARD_TREE_SIZE, leftOf } from '../helpers/processes.js';
import { startProgram } from '../helpers/programs.js';

describe('when the daemon dies', { timeout: 90_000 }, () => {
  test('of kill -9, the whole tree of its command ends', async (context) => {
    needs(context, 'setsid');
    const { lines, kill } = startProgram('daemon-with-command', HARD_TREE, await aPlace());
    const tree = (await lines(HARD_TREE_SIZE)).map(Number);
    expect(alive(tree)).toHaveLength(HARD_TREE_SIZE);

    await kill();

    expect(await leftOf(tree)).toEqual([]);
  });

  test('of kill -9 and its command with it, what the command left in the background ends', async (context) => {
    needs(context, 'setsid');
    const leaves = 'setsid sleep 1000 >/dev/null 2>&1 & echo $!; exec cat';
    // The supervisor looks while the child changes parents, so one try would tell little.
    const programs = await Promise.all(
      Array.from({ length: 5 }, async () => startProgram('daemon-with-command', leaves, await aPlace())),
    );
    const children = (await Promise.all(programs.map(({ lines }) => lines(1)))).flat().map(Number);

    await Promise.all(programs.map(({ kill }) => kill()));

    expect(await leftOf(children)).toEqual([]);
  });

  test('by exiting without a word, the whole tree of its command ends', async (context) => {
    needs(context, 'setsid');
    const { child, lines } = startProgram('daemon-with-command', HARD_TREE, await aPlace(), 'exits');
    const tree = (await lines(HARD_TREE_SIZE)).map(Number);

    child.stdin?.write('exit\n');
    await once(child, 'exit');

    expect(await leftOf(tree)).toEqual([]);
  });
});
