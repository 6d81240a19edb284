import { describe, expect, test } from 'vitest';
import { LinearUnderTest } from '../../helpers/linear/linear-tracker.js';
import { settled, VirtualClock } from '../../helpers/virtual-clock.js';
import { arrival } from './arrival.js';
import { Front } from './front.js';

// Goal: who we are, the project and the names of its states are looked up once, kept for a while, and never lost again.

const MINUTE_MS = 60_000;
const LOOK_UP = 'SymphonyOrientation';
const NO_PROJECT = JSON.stringify({ data: { viewer: { id: 'me' }, projects: { nodes: [] } } });

async function setUp(provider = {}) {
  const clock = new VirtualClock();
  const linear = await LinearUnderTest.forTest({ clock, provider });
  const lookUps = () => linear.asked.filter((name) => name === LOOK_UP).length;
  return { clock, linear, board: linear.board, faults: linear.linear.faults, lookUps };
}

describe('the look-up', () => {
  test('comes before the first read and stands for ten minutes', async () => {
    const { clock, linear, lookUps } = await setUp();

    await linear.poll();
    await clock.advance(10 * MINUTE_MS - 1);
    await linear.poll();
    expect(lookUps()).toBe(1);

    await clock.advance(1);
    await linear.poll();
    await linear.poll();
    expect(lookUps()).toBe(2);
  });

  test('shows a new state within ten minutes, so that its issues are found', async () => {
    const { clock, linear, board } = await setUp();
    await linear.poll([], ['Ready']);
    board.addState('ENG', { name: 'Ready', type: 'unstarted' });
    const { id } = board.put({ state: 'Ready' });

    expect(await linear.inStates(['Ready'])).toEqual([]);
    await clock.advance(10 * MINUTE_MS);
    expect(await linear.inStates(['Ready'])).toMatchObject([{ id }]);
  });

  test('tells when it no longer shows the project, and stands as it was', async () => {
    let isShown = true;
    const front = await Front.forTest(({ body }, pass) =>
      isShown || !body.includes(LOOK_UP) ? pass() : { body: NO_PROJECT },
    );
    const { clock, linear, board } = await setUp({ endpoint: front.url });
    front.behind = linear.linear.url;
    const { id } = board.put();
    await linear.poll();

    isShown = false;
    await clock.advance(10 * MINUTE_MS);

    expect(await linear.inStates(['Todo'])).toMatchObject([{ id }]);
    expect(linear.problems).toEqual([expect.stringContaining('Linear shows no project')]);
  });

  test('comes sooner when an issue is in a state that it did not show, at most once a minute', async () => {
    const { clock, linear, board, faults, lookUps } = await setUp();
    const { id } = board.put();
    await linear.poll([id]);
    board.addState('ENG', { name: 'QA', type: 'started' });
    board.setState(id, 'QA');

    await linear.poll([id]);
    await clock.advance(MINUTE_MS - 1);
    await linear.poll([id]);
    expect(lookUps()).toBe(1);
    await clock.advance(1);
    // It fails, and fails again: that is no reason to ask more often.
    faults.next({ kind: 'forbidden200' }, { when: isLookUp, times: 2 });
    await linear.poll([id]);
    await linear.poll([id]);
    expect(lookUps()).toBe(2);
    await clock.advance(MINUTE_MS);
    await linear.poll([id]);
    await linear.poll([id]);
    expect(lookUps()).toBe(3);
    await clock.advance(MINUTE_MS);
    await linear.poll([id]);
    expect(lookUps()).toBe(4);

    await clock.advance(9 * MINUTE_MS);
    await linear.poll([id]);
    expect(lookUps()).toBe(4);
  });

  test('does not come sooner for states of other projects and teams, or for escaped names', async () => {
    const { clock, linear, board, lookUps } = await setUp();
    board.addTeam('OPS', [{ name: 'Elsewhere', type: 'started' }]);
    board.addState('ENG', { name: 'R&amp;D', type: 'started' });
    const moved = board.put({ identifier: 'OPS-1', state: 'Elsewhere', projectSlugId: null });
    const here = board.put({ state: 'R&amp;D' });
    await linear.poll([moved.id, here.id]);

    await clock.advance(2 * MINUTE_MS);
    await linear.poll([moved.id, here.id]);
    await linear.poll([moved.id, here.id]);

    expect(lookUps()).toBe(1);
  });

  test('does not come sooner where a team has more states than it shows', async () => {
    const { clock, linear, board, lookUps } = await setUp();
    for (let count = 0; count < 30; count += 1)
      board.addState('ENG', { name: `State ${count}`, type: 'started' });
    const { id } = board.put();
    await linear.poll([id]);

    await clock.advance(2 * MINUTE_MS);
    await linear.poll([id]);
    await linear.poll([id]);

    expect(lookUps()).toBe(1);
  });

  test('that fails later leaves the last one in force and is tried again after a minute', async () => {
    const { clock, linear, board, faults, lookUps } = await setUp();
    const { id } = board.put();
    await linear.poll();
    faults.next({ kind: 'forbidden403' }, { when: isLookUp });

    await clock.advance(10 * MINUTE_MS);
    expect(await linear.inStates(['todo'])).toMatchObject([{ id }]);
    await clock.advance(MINUTE_MS - 1);
    await linear.poll();
    expect(lookUps()).toBe(2);
    await clock.advance(1);
    await linear.poll();
    expect(lookUps()).toBe(3);
    expect(linear.problems).toEqual([]);
  });

  test('that fails at first fails the read, and is tried again by the next one', async () => {
    const { linear, board, faults } = await setUp();
    const { id } = board.put();
    faults.next({ kind: 'forbidden403' }, { when: isLookUp });

    await expect(linear.poll()).rejects.toMatchObject({ code: 'tracker_status' });
    expect(await linear.inStates(['Todo'])).toMatchObject([{ id }]);
    expect(linear.asked).toEqual([LOOK_UP, LOOK_UP, 'SymphonyIssuesByStates']);
  });
});

describe('reads at the same time', () => {
  test('share one look-up', async () => {
    const { linear, board, lookUps } = await setUp();
    const { id } = board.put();

    const [listed, asked] = await Promise.all([linear.inStates(['Todo']), linear.byIds([id])]);

    expect([listed, asked]).toMatchObject([[{ id }], [{ id }]]);
    expect(lookUps()).toBe(1);
  });

  test('do not fail because the one that began the look-up is stopped', async () => {
    const { linear, board, faults, lookUps } = await setUp();
    const { id } = board.put();
    const stop = new AbortController();
    const arrived = arrival(faults, { kind: 'hangs' });

    const stopped = expect(linear.inStates(['Todo'], stop.signal)).rejects.toThrow('enough');
    await arrived;
    const going = linear.byIds([id]);
    stop.abort(new Error('enough'));

    await stopped;
    expect(await going).toMatchObject([{ id }]);
    expect(lookUps()).toBe(2);
  });

  test('end at once when they are stopped, also while they wait for the look-up of another', async () => {
    const { clock, linear, faults } = await setUp();
    const [first, second] = [new AbortController(), new AbortController()];
    const arrived = arrival(faults, { kind: 'hangs' });
    const ends: string[] = [];
    const ended = (name: string) => (error: Error) => {
      ends.push(`${name} ${error.message}`);
    };

    const one = linear.inStates(['Todo'], first.signal).then(() => {}, ended('first'));
    await arrived;
    const other = linear.inStates(['Todo'], second.signal).then(() => {}, ended('second'));
    second.abort(new Error('stopped'));
    await other;
    expect(ends).toEqual(['second stopped']);
    first.abort(new Error('stopped'));
    await one;
    await settled();

    expect(ends).toEqual(['second stopped', 'first stopped']);
    expect(clock.pending).toBe(0);
  });

  test('go on with the last look-up while it is being renewed', async () => {
    const { clock, linear, board, faults } = await setUp();
    const { id } = board.put();
    await linear.poll();
    await clock.advance(10 * MINUTE_MS);
    const arrived = arrival(faults, { kind: 'hangs' });
    const stop = new AbortController();

    const renewing = expect(linear.inStates(['Todo'], stop.signal)).rejects.toThrow();
    await arrived;
    expect(await linear.byIds([id])).toMatchObject([{ id }]);
    stop.abort();
    await renewing;
  });
});

describe('the project', () => {
  test.each(['whole', 'tail', 'address'])('is found by its %s', async (form) => {
    const { projectSlug: whole, projectSlugId: tail } = (await LinearUnderTest.forTest()).board;
    const written = { whole, tail, address: `https://linear.app/acme/project/${whole}/overview` }[form];
    // Every fake has the same project.
    const linear = await LinearUnderTest.forTest({ provider: { project_slug: written ?? '' } });
    const { id } = linear.board.put();

    expect(await linear.inStates(['Todo'])).toMatchObject([{ id, dispatchable: true }]);
  });

  test('that this key does not see is an error that says what to do', async () => {
    const { linear } = await setUp({ project_slug: 'gone-0123456789ab' });

    await expect(linear.poll()).rejects.toMatchObject({
      code: 'invalid_tracker_config',
      message: expect.stringMatching(
        /^tracker\.provider\.project_slug: Linear shows no project "gone-0123456789ab" to this key; take .*see that the key may read its team$/,
      ),
    });
  });
});

function isLookUp({ operationName }: { readonly operationName: string | null }): boolean {
  return operationName === LOOK_UP;
}
