import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { needs } from '../helpers/needs.js';
import { alive, aPlace, HARD_TREE, HARD_TREE_SIZE, leftOf } from '../helpers/processes.js';
import { startProgram } from '../helpers/programs.js';

describe('when the daemon dies', () => {
  test('of kill -9, the whole tree of its command ends', async (context) => {
    needs(context, 'setsid');
    const { lines, kill } = startProgram('daemon-with-command', HARD_TREE, await aPlace());
    const tree = (await lines(HARD_TREE_SIZE)).map(Number);
    expect(alive(tree)).toHaveLength(HARD_TREE_SIZE);

    await kill();

    expect(await leftOf(tree)).toEqual([]);
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
