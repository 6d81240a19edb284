import { describe, expect, test } from 'vitest';
import { stateGroups, type TypedState } from '../../../src/trackers/linear/state-groups.js';
import { STANDARD_STATES } from '../../helpers/linear/workspace/workspace.js';

// Goal: a first workflow works on what is to be done, leaves alone what waits for people, and knows what is finished.

const standard: readonly TypedState[] = [...STANDARD_STATES].map(([name, type]) => ({ name, type }));

describe('the states of a team', () => {
  test('are work, waiting, finished or untouched by their types', () => {
    expect(stateGroups(standard)).toEqual({
      active: ['Todo', 'In Progress'],
      terminal: ['Done', 'Canceled', 'Duplicate'],
      waiting: ['In Review'],
      untouched: ['Backlog'],
      begun: 'In Progress',
      done: 'In Review',
    });
  });

  test.each([
    'Human Review',
    'QA',
    'Waiting for customer',
    'Blocked',
    'On Hold',
    'In Testing',
    'Needs approval',
  ])('are not worked on when others have their turn: %s', (name) => {
    const { active, waiting } = stateGroups([...standard, { name, type: 'started' }]);

    expect(active).toEqual(['Todo', 'In Progress']);
    expect(waiting).toEqual(['In Review', name]);
  });

  test.each(['Rework', 'Merging', 'Doing', 'Preview builds', 'Quality'])(
    'are worked on when nothing in their name says otherwise: %s',
    (name) => {
      expect(stateGroups([...standard, { name, type: 'started' }]).active).toContain(name);
    },
  );

  test('hand over to the first finished one where nobody reviews', () => {
    const states = standard.filter(({ name }) => name !== 'In Review');

    expect(stateGroups(states).done).toBe('Done');
  });
});

describe('the states of several teams', () => {
  test('are each named once, as first spelled', () => {
    const other = [
      { name: 'todo ', type: 'unstarted' },
      { name: 'Ready', type: 'unstarted' },
      { name: 'DONE', type: 'completed' },
    ];

    expect(stateGroups([...standard, ...other])).toMatchObject({
      active: ['Todo', 'Ready', 'In Progress'],
      terminal: ['Done', 'Canceled', 'Duplicate'],
    });
  });

  test('count as finished when one team means that by the name', () => {
    const { active, terminal } = stateGroups([...standard, { name: 'In progress', type: 'completed' }]);

    expect(active).toEqual(['Todo']);
    expect(terminal).toContain('In progress');
  });
});

test('no states are no groups', () => {
  expect(stateGroups([])).toEqual({
    active: [],
    terminal: [],
    waiting: [],
    untouched: [],
    begun: null,
    done: null,
  });
});
