import { describe, expect, test } from 'vitest';
import type { Issue } from '../../../src/domain/issue.js';
import { LinearUnderTest } from '../../helpers/linear/linear-tracker.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';

// Goal: states are found by the names that people write, although Linear compares names letter by letter, and a name
// that finds nothing is told instead of being taken for an empty board.

function identifiers(issues: readonly Issue[]): string[] {
  return issues.map(({ identifier }) => identifier).sort();
}

/** The names that were asked for last, as Linear got them. */
function askedFor({ linear }: LinearUnderTest): unknown {
  return linear.requests.at(-1)?.variables['candidates'];
}

describe('a state', () => {
  test.each(['In Progress', 'in progress', 'IN PROGRESS', '  In Progress '])(
    'is found when it is written "%s", and told as Linear spells it',
    async (written) => {
      const linear = await LinearUnderTest.forTest();
      linear.board.put({ state: 'In Progress' });

      expect(await linear.inStates([written])).toMatchObject([{ identifier: 'ENG-1', state: 'In Progress' }]);
      expect(askedFor(linear)).toMatchObject({ state: { name: { in: ['In Progress'] } } });
    },
  );

  test('is found under the name that people see when Linear escapes it, and told by that name', async () => {
    const linear = await LinearUnderTest.forTest({ activeStates: ['r&d', 'todo'] });
    linear.board.addState('ENG', { name: 'R&amp;D', type: 'started' });
    const { id } = linear.board.put({ state: 'R&amp;D' });

    expect(await linear.inStates(['r&d'])).toMatchObject([{ id, state: 'R&D' }]);
    // Nobody knows which of them the server compares.
    expect(askedFor(linear)).toMatchObject({ state: { name: { in: ['R&amp;D', 'R&D'] } } });
    expect(linear.problems).toEqual([]);
  });

  test('is found in all teams of the project, however each of them spells it', async () => {
    const linear = await LinearUnderTest.forTest();
    const { board } = linear;
    board.addTeam('OPS', [{ name: 'TODO', type: 'unstarted' }]);
    board.addTeam('WEB', [{ name: 'todo ', type: 'unstarted' }]);
    board.put({ identifier: 'ENG-1' });
    board.put({ identifier: 'OPS-1' });
    board.put({ identifier: 'WEB-1', state: 'todo ' });

    expect(identifiers(await linear.inStates(['Todo']))).toEqual(['ENG-1', 'OPS-1', 'WEB-1']);
  });

  test('counts for the configured project alone', async () => {
    const linear = await LinearUnderTest.forTest();
    const elsewhere = linear.board.addProject('Elsewhere');
    linear.board.put({ identifier: 'ENG-1' });
    linear.board.put({ identifier: 'ENG-2', projectSlugId: elsewhere.slugId });
    linear.board.put({ identifier: 'ENG-3', projectSlugId: null });

    expect(identifiers(await linear.inStates(['Todo']))).toEqual(['ENG-1']);
  });

  test('that no team has is not asked for', async () => {
    const linear = await LinearUnderTest.forTest();
    linear.board.put();

    expect(identifiers(await linear.inStates(['Todo', 'To do']))).toEqual(['ENG-1']);
    expect(askedFor(linear)).toMatchObject({ state: { name: { in: ['Todo'] } } });
    expect(await linear.inStates(['To do'])).toEqual([]);
    expect(linear.asked).toEqual(['SymphonyOrientation', 'SymphonyIssuesByStates']);
  });

  test.each([
    ['a team has more states than are looked up', 1, 30],
    ['the project has more teams than are looked up', 12, 1],
  ])('is asked for as it is written, too, where %s', async (_, teams, states) => {
    const linear = await LinearUnderTest.forTest({ activeStates: ['Later 1', 'todo'] });
    const { board } = linear;
    // What was added last is looked up first.
    board.addTeam('LAST', [{ name: 'Later 1', type: 'unstarted' }]);
    board.joinProject('LAST');
    for (let team = 1; team <= teams; team += 1) {
      const names = Array.from({ length: states }, (_, index) => `State ${index}`);
      board.addTeam(
        `T${team}`,
        names.map((name) => ({ name, type: 'unstarted' as const })),
      );
      board.joinProject(`T${team}`);
    }
    for (let state = 0; state < states; state += 1)
      board.addState('LAST', { name: `More ${state}`, type: 'started' });
    board.put({ identifier: 'LAST-1', state: 'Later 1' });

    expect(identifiers(await linear.inStates(['Later 1']))).toEqual(['LAST-1']);
    expect(linear.problems).toEqual([]);
  });
});

describe('configured states that no team has', () => {
  const KNOWN = '"Duplicate", "Canceled", "Done", "In Review", "In Progress", "Todo", "Backlog"';

  async function told(setup: { activeStates?: readonly string[]; terminalStates?: readonly string[] }) {
    const linear = await LinearUnderTest.forTest(setup);
    await linear.poll();
    await linear.poll();
    return { problems: linear.problems, notices: linear.notices };
  }

  test('are a problem where issues should be found: reported once, with the names that there are', async () => {
    expect(await told({ activeStates: ['Todo', 'To do', 'Doing'] })).toEqual({
      problems: [
        `unknown_state: tracker.active_states: no team of the project Payments has "To do", "Doing"; it has ${KNOWN}`,
      ],
      notices: [],
    });
  });

  test('are reported again only when the look-up shows something else', async () => {
    const clock = new VirtualClock();
    const linear = await LinearUnderTest.forTest({ clock, activeStates: ['Todo', 'Doing'] });
    const later = async () => {
      await clock.advance(10 * 60_000);
      await linear.poll();
      return linear.problems.length;
    };

    await linear.poll();
    expect([await later(), await later()]).toEqual([1, 1]);
    linear.board.addState('ENG', { name: 'QA', type: 'started' });
    expect([await later(), await later()]).toEqual([2, 2]);
    linear.board.addState('ENG', { name: 'Doing', type: 'started' });
    expect(await later()).toBe(2);
  });

  test('are worth a notice where issues end, since other names are known', async () => {
    expect(await told({ terminalStates: ['Done', 'Closed', 'Cancelled'] })).toEqual({
      problems: [],
      notices: ['tracker.terminal_states: no team of the project Payments has "Closed", "Cancelled"'],
    });
  });

  test('are a problem where issues end when nothing else is known: none would ever be finished', async () => {
    expect(await told({ terminalStates: ['Closed', 'Cancelled'] })).toEqual({
      problems: [
        'unknown_state: tracker.terminal_states: no team of the project Payments has "Closed", "Cancelled", so no issue ever counts as finished',
      ],
      notices: [],
    });
  });

  test('are no problem in any case and with spaces, and are told as people see them', async () => {
    expect(await told({ activeStates: [' TODO ', 'in progress'], terminalStates: ['DONE '] })).toEqual({
      problems: [],
      notices: [],
    });

    const linear = await LinearUnderTest.forTest({ activeStates: ['R&D'] });
    linear.board.addState('ENG', { name: 'Q&amp;A', type: 'started' });
    await linear.poll();
    expect(linear.problems).toEqual([expect.stringContaining('it has "Q&A", "Duplicate"')]);
  });
});
