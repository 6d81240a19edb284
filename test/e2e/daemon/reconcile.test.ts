import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, Place, until } from '../../helpers/board-daemon.js';

// Goal: what people do to the board reaches the agents at work, with every hook in its place (SPEC 8.5, 9.4).

const HOOKS = {
  before_run: 'echo "before_run $SYMPHONY_ISSUE_IDENTIFIER" >> ../../journal',
  after_run: 'echo "after_run $SYMPHONY_ISSUE_IDENTIFIER" >> ../../journal',
  before_remove: 'echo "before_remove $SYMPHONY_ISSUE_IDENTIFIER" >> ../../journal',
};

describe.concurrent('a running issue that a person', DAEMON_TEST, () => {
  test('moves to a terminal state is stopped first, and then its workspace is removed', async (context) => {
    const place = new Place(context, { hooks: HOOKS });
    place.issue('A-1');
    const daemon = await place.daemon();
    await daemon.running('A-1');

    place.issue('A-1', { state: 'Done' });
    await until(
      'the workspace gone',
      () => !place.has('workspaces/A-1'),
      () => place.explain(),
    );

    expect(place.journal().filter((line) => !line.startsWith('start '))).toEqual([
      'before_run A-1',
      'after_run A-1',
      'before_remove A-1',
    ]);
    await daemon.showing('no claim', ({ counts }) => counts.running + counts.retrying === 0);
  });

  test('moves back to the backlog is stopped and keeps its workspace; moved forth again it goes on there', async (context) => {
    const place = new Place(context, { hooks: { ...HOOKS, after_create: 'echo kept > notes' } });
    place.issue('A-1');
    const daemon = await place.daemon();
    const { running } = await daemon.running('A-1');

    place.issue('A-1', { state: 'Backlog' });
    await place.told('after_run A-1');
    await daemon.running();
    expect(await daemon.state()).toMatchObject({ counts: { running: 0, retrying: 0, blocked: 0 } });
    expect(place.lines('workspaces/A-1/notes')).toEqual(['kept']);

    place.append('workspaces/A-1/notes', 'more\n');
    place.issue('A-1', { state: 'In Progress' });
    const again = await daemon.running('A-1');

    expect(again.running[0]).toMatchObject({ attempt: null, workspace_path: running[0]?.workspace_path });
    expect(place.lines('workspaces/A-1/notes')).toEqual(['kept', 'more']);
    expect(place.journal()).not.toContain('before_remove A-1');
  });

  test('takes from the board is stopped and keeps its workspace', async (context) => {
    const place = new Place(context, { hooks: HOOKS });
    place.issue('A-1');
    const daemon = await place.daemon();
    await daemon.running('A-1');

    place.remove('board/A-1.md');
    await place.told('after_run A-1');
    await daemon.running();

    expect(await daemon.state()).toMatchObject({ counts: { running: 0, retrying: 0 } });
    expect(place.has('workspaces/A-1')).toBe(true);
    expect(place.journal()).not.toContain('before_remove A-1');
  });

  test('moves between active states runs on and shows its new state', async (context) => {
    const place = new Place(context, { hooks: HOOKS });
    place.issue('A-1');
    const daemon = await place.daemon();
    await daemon.running('A-1');

    place.issue('A-1', { state: 'In Progress' });
    const { running } = await daemon.showing(
      'the new state',
      (state) => state.running[0]?.state === 'In Progress',
    );

    expect(running).toMatchObject([{ issue_identifier: 'A-1', phase: 'streamingTurn' }]);
    expect(place.journal().filter((line) => line.startsWith('start '))).toHaveLength(1);
  });

  test('strips of a required label is stopped and keeps its workspace', async (context) => {
    const place = new Place(context, {
      hooks: HOOKS,
      tracker: { required_labels: ['Agent'] },
    });
    place.issue('A-1', { labels: ['agent', 'other'] });
    place.issue('A-2', { labels: ['other'] });
    const daemon = await place.daemon();
    await daemon.running('A-1');

    place.issue('A-1', { labels: ['other'] });
    await place.told('after_run A-1');
    await daemon.running();

    expect(place.has('workspaces/A-1')).toBe(true);
    expect(place.has('workspaces/A-2')).toBe(false);
  });
});

describe.concurrent('workspaces without a run', DAEMON_TEST, () => {
  test('of finished issues are removed at start, those of others stay', async (context) => {
    const place = new Place(context, { hooks: HOOKS, agent: { max_concurrent_agents: 2 } });
    place.issue('A-1');
    place.issue('A-2');
    const first = await place.daemon();
    await first.running('A-1', 'A-2');
    await first.kill('SIGTERM');
    place.issue('A-1', { state: 'Done' });
    place.issue('A-2', { state: 'Backlog' });

    const second = await place.daemon();
    await until(
      'the workspace gone',
      () => !place.has('workspaces/A-1'),
      () => place.explain(),
    );
    await second.showing('a poll', ({ polling }) => polling.last_success_at !== null);

    expect(place.journal()).toContain('before_remove A-1');
    expect(place.has('workspaces/A-2')).toBe(true);
  });

  test('go when their issue is finished later, also under a root that is no longer the configured one', async (context) => {
    const place = new Place(context, { hooks: HOOKS });
    place.issue('A-1');
    const daemon = await place.daemon();
    await daemon.running('A-1');

    place.workflow({ workspace: { root: 'elsewhere' } });
    await place.logged('workflow reloaded');
    place.issue('A-1', { state: 'Done' });
    await until(
      'the workspace gone',
      () => !place.has('workspaces/A-1'),
      () => place.explain(),
    );

    expect(place.journal()).toContain('before_remove A-1');
    expect(place.has('elsewhere/A-1')).toBe(false);
  });
});
