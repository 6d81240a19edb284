import { expect, test } from 'vitest';
import { workflowReference } from '../../src/workflow/reference.js';
import { knownKeys } from '../../src/workflow/unknown-keys.js';

test('docs/workflow.md is what the schema says; -u writes it anew', async () => {
  await expect(workflowReference()).toMatchFileSnapshot('../../docs/workflow.md');
});

test('the reference has a row with type, default, time and meaning for every key', () => {
  const rows = workflowReference()
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(/(?<!\\) \| /));
  const keys = [...knownKeys().keys()].filter((key) => key.includes('.'));

  const described = rows.filter((cells) => cells.length === 5).map(([key = '']) => key.slice(3, -1));

  expect(described).toEqual(keys);
  expect(rows.flat().filter((cell) => cell.trim() === '')).toEqual([]);
});
