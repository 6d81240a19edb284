import { describe, expect, test } from 'vitest';
import { agentCommand, DAEMON_TEST, LEAVES_A_CHILD, Place } from '../../helpers/board-daemon.js';
import { alive, leftOf } from '../../helpers/processes.js';

// Goal: however the daemon ends, nothing of it lives on, no work is lost, and the next one goes on (SPEC 14.3, 17.7).

const WAITS =
  'setsid sleep 1000 & echo "child $!" >> ../../journal; sleep 1000 & echo "child $!" >> ../../journal; wait';
/** What a daemon gives itself at the most, runs, journal, connections and all; then it fails. */
const BOUND_MS = 15_000;

describe.concurrent('a daemon that is killed', DAEMON_TEST, () => {
  test('leaves no agent, hook or child of theirs, and the next one finishes the work in the same workspace', async (context) => {
    const place = new Place(context, {
      hooks: {
        after_create: 'echo created >> ../../journal',
        before_run: `if [ "$SYMPHONY_ISSUE_IDENTIFIER" = A-2 ] && [ ! -e ../../second ]; then ${WAITS}; fi`,
      },
      codex: { command: agentCommand(undefined, LEAVES_A_CHILD) },
    });
    place.issue('A-1', { state: 'In Progress' });
    place.issue('A-2');
    const first = await place.daemon();
    await first.showing('A-1 in a turn', ({ running }) => running.some(({ turn_count }) => turn_count > 0));
    await place.told(/^child /, 3);
    place.append('workspaces/A-1/notes', 'half of the work\n');
    const started = [...first.descendants(), ...place.children()];
    expect(alive(started)).toEqual(expect.arrayContaining(place.children()));

    expect(await first.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await leftOf(started)).toEqual([]);

    place.write('second', '');
    const second = await place.daemon('--until-idle');
    await second.running('A-1', 'A-2');
    expect(place.lines('workspaces/A-1/notes')).toEqual(['half of the work']);
    place.order('A-1', 'done');
    place.order('A-2', 'done');

    expect((await second.exited).code).toBe(0);
    expect(second.stdout).toContain('2 issues finished');
    expect(place.journal().filter((line) => line === 'created')).toHaveLength(2);
  });

  test('during after_create has the workspace built anew', async (context) => {
    const place = new Place(context, {
      hooks: {
        after_create: `echo built >> built; [ -e ../../second ] || { ${WAITS}; }; echo whole >> built`,
      },
    });
    place.issue('A-1');
    const first = await place.daemon();
    await place.told(/^child /, 2);
    await first.kill('SIGKILL');
    expect(await leftOf(place.children())).toEqual([]);
    expect(place.lines('workspaces/A-1/built')).toEqual(['built']);

    place.write('second', '');
    const second = await place.daemon();
    await second.running('A-1');

    expect(place.lines('workspaces/A-1/built')).toEqual(['built', 'whole']);
  });

  test('during before_remove has the workspace removed by the next one', async (context) => {
    const place = new Place(context, {
      hooks: { before_remove: `echo before_remove >> ../../journal; [ -e ../../second ] || { ${WAITS}; }` },
      codex: { command: agentCommand('done') },
    });
    place.issue('A-1');
    const first = await place.daemon();
    await place.told(/^child /, 2);
    await first.kill('SIGKILL');
    expect(await leftOf(place.children())).toEqual([]);
    expect(place.has('workspaces/A-1')).toBe(true);

    place.write('second', '');
    expect((await place.run('--until-idle').exited).code).toBe(0);

    expect(place.has('workspaces/A-1')).toBe(false);
  });
});

describe.concurrent('a daemon that is asked to end', DAEMON_TEST, () => {
  test('ends its agents and their children, runs after_run, and succeeds within the bound; the next one goes on', async (context) => {
    const place = new Place(context, {
      hooks: { after_run: 'echo "after_run $SYMPHONY_ISSUE_IDENTIFIER" >> ../../journal' },
      codex: { command: agentCommand(undefined, LEAVES_A_CHILD) },
    });
    place.issue('A-1');
    place.issue('A-2');
    const first = await place.daemon();
    await first.running('A-1', 'A-2');
    const started = [...first.descendants(), ...place.children()];

    const askedAtMs = performance.now();
    expect(await first.kill('SIGTERM')).toEqual({ code: 0, signal: null });

    expect(performance.now() - askedAtMs).toBeLessThan(BOUND_MS);
    expect(alive(started)).toEqual([]);
    expect(place.journal()).toEqual(expect.arrayContaining(['after_run A-1', 'after_run A-2']));
    expect(place.stateOf('A-1')).toBe('Todo');
    const second = await place.daemon();
    await second.running('A-1', 'A-2');
  });

  test('starts nothing more, though slots become free', async (context) => {
    const place = new Place(context, {
      agent: { max_concurrent_agents: 1 },
      hooks: { after_run: 'echo after_run >> ../../journal; sleep 1' },
    });
    place.issue('A-1', { priority: 1 });
    place.issue('A-2');
    const daemon = await place.daemon();
    await daemon.running('A-1');

    expect((await daemon.kill('SIGINT')).code).toBe(0);

    expect(place.journal().filter((line) => line.startsWith('start '))).toHaveLength(1);
    expect(place.has('workspaces/A-2')).toBe(false);
  });

  test('and asked again ends at once, and its agents and hooks with it', async (context) => {
    const place = new Place(context, {
      hooks: { after_run: `echo after_run >> ../../journal; ${WAITS}` },
      codex: { command: agentCommand(undefined, LEAVES_A_CHILD) },
    });
    place.issue('A-1');
    place.issue('A-2');
    const daemon = await place.daemon();
    await daemon.running('A-1', 'A-2');
    // It hangs already when the stop begins, which waits for it no longer than seven seconds.
    place.order('A-1', 'done');
    await place.told(/^child /, 4);
    const started = daemon.descendants();
    daemon.signal('SIGTERM');
    await place.logged('shutdown requested');

    expect(await daemon.insist('SIGTERM')).toEqual({ code: 143, signal: null });

    expect(await leftOf([...started, ...place.children()])).toEqual([]);
  });
});
