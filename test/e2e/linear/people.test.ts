import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, type Place, until } from '../../helpers/board-daemon.js';
import { afterAPoll, aLinearScene, linearAgent, startsOf } from '../../helpers/linear/linear-daemon.js';

// Goal: what people do in Linear reaches the agents at work, and a workspace goes only with finished work (SPEC 8.5).

async function gone(place: Place, identifier: string): Promise<void> {
  await until(
    `the workspace of ${identifier} gone`,
    () => !place.has(`workspaces/${identifier}`),
    () => place.explain(),
  );
}

describe.concurrent('issues of running agents', DAEMON_TEST, () => {
  test('that people take away are stopped and keep their workspaces; those that end lose them', async (context) => {
    const scene = await aLinearScene(context, {
      provider: { assignee: 'me' },
      sections: {
        tracker: { required_labels: ['agent'] },
        agent: { max_concurrent_agents: 20 },
        hooks: { before_remove: 'echo "before_remove $SYMPHONY_ISSUE_IDENTIFIER" >> ../../journal' },
      },
    });
    const { place, board } = scene;
    const mine = { assigneeId: board.viewerId, labels: ['Agent', 'backend'] };
    const somebody = board.addUser('Grace Hopper').id;
    const taken = {
      'ENG-1': () => board.setState('ENG-1', 'Backlog'),
      'ENG-2': () => board.archive('ENG-2'),
      'ENG-3': () => board.trash('ENG-3'),
      'ENG-4': () => board.delete('ENG-4'),
      'ENG-5': () => board.put({ ...mine, identifier: 'ENG-5', assigneeId: somebody }),
      'ENG-6': () => board.put({ ...mine, identifier: 'ENG-6', labels: ['backend'] }),
      'ENG-7': () => board.moveToProject('ENG-7', board.addProject('Other').slugId),
      'ENG-8': () => board.moveToProject('ENG-8', null),
    };
    const ended = {
      'ENG-11': () => board.setState('ENG-11', 'Done'),
      'ENG-12': () => board.setState('ENG-12', 'Canceled'),
      'ENG-13': () => board.setState('ENG-13', 'Duplicate'),
    };
    const left = {
      'ENG-21': () => board.setState('ENG-21', 'In Progress'),
      'ENG-22': () => board.put({ ...mine, identifier: 'ENG-22', title: 'Another title', priority: 1 }),
      'ENG-23': () => board.comment('ENG-23', 'How is it going?'),
    };
    const all = Object.keys({ ...taken, ...ended, ...left });
    for (const identifier of all) board.put({ ...mine, identifier });
    const daemon = await place.daemon();
    const before = await daemon.running(...all);

    for (const change of Object.values({ ...taken, ...ended, ...left })) change();
    const after = await daemon.running(...Object.keys(left));
    for (const identifier of Object.keys(ended)) await gone(place, identifier);
    await afterAPoll(scene);

    const processes = new Map(before.running.map((row) => [row.issue_identifier, row.process_id]));
    for (const { issue_identifier, process_id } of after.running)
      expect(process_id).toBe(processes.get(issue_identifier));
    expect(Object.keys(taken).filter((identifier) => !place.has(`workspaces/${identifier}`))).toEqual([]);
    expect(
      place
        .journal()
        .filter((line) => line.startsWith('before_remove '))
        .sort(),
    ).toEqual(Object.keys(ended).map((identifier) => `before_remove ${identifier}`));
    expect(startsOf(place).sort()).toEqual([...all].sort());
    expect(await daemon.state()).toMatchObject({
      counts: { running: 3, retrying: 0, blocked: 0 },
      problems: [],
    });
  });

  test('that move to another team of the project go on under their new identifier, until they end', async (context) => {
    const { place, board } = await aLinearScene(context);
    board.addTeam('OPS');
    board.joinProject('OPS');
    board.put({ identifier: 'ENG-1' });
    const daemon = await place.daemon();
    const before = await daemon.running('ENG-1');

    const { identifier } = board.moveToTeam('ENG-1', 'OPS');
    const after = await daemon.showing(
      'the new identifier',
      ({ running }) => running[0]?.issue_identifier === identifier,
    );

    expect(after.running).toMatchObject([
      { process_id: before.running[0]?.process_id, workspace_path: before.running[0]?.workspace_path },
    ]);
    expect(startsOf(place)).toEqual(['ENG-1']);
    board.setState(identifier, 'Done');
    await gone(place, 'ENG-1');
  });

  test('that come back run again where they left off', async (context) => {
    const { place, board } = await aLinearScene(context);
    board.put({ identifier: 'ENG-1' });
    const daemon = await place.daemon();
    const before = await daemon.running('ENG-1');
    place.write('workspaces/ENG-1/notes', 'kept');
    board.moveToProject('ENG-1', null);
    await daemon.running();

    board.moveToProject('ENG-1', board.projectSlugId);
    const after = await daemon.running('ENG-1');

    expect(after.running[0]).toMatchObject({
      attempt: null,
      workspace_path: before.running[0]?.workspace_path,
    });
    expect(place.has('workspaces/ENG-1/notes')).toBe(true);
    expect(startsOf(place)).toEqual(['ENG-1', 'ENG-1']);
  });
});

describe.concurrent('an issue in Todo', DAEMON_TEST, () => {
  test('starts once its blockers have ended, wherever they are and whoever ended them', async (context) => {
    const scene = await aLinearScene(context, { sections: { agent: { max_concurrent_agents: 3 } } });
    const { place, board } = scene;
    board.put({ identifier: 'ENG-1' });
    board.put({ identifier: 'OPS-1', projectSlugId: null });
    board.put({ identifier: 'ENG-2', blockedBy: ['ENG-1', 'OPS-1'] });
    board.put({ identifier: 'ENG-3', state: 'In Progress', blockedBy: ['OPS-1'] });
    const daemon = await place.daemon();
    await daemon.running('ENG-1', 'ENG-3');

    place.write('orders/ENG-1', 'done\n');
    await daemon.running('ENG-3');
    await afterAPoll(scene);
    expect(startsOf(place)).not.toContain('ENG-2');
    board.setState('OPS-1', 'Canceled');

    await daemon.running('ENG-2', 'ENG-3');
  });
});

describe.concurrent('workspaces that an earlier daemon left', DAEMON_TEST, () => {
  test('go at the next start when their issues have ended, archived or not; others stay', async (context) => {
    const scene = await aLinearScene(context, { sections: { agent: { max_concurrent_agents: 6 } } });
    const { place, board } = scene;
    const identifiers = ['ENG-1', 'ENG-2', 'ENG-3', 'ENG-4', 'ENG-5', 'ENG-6'];
    for (const identifier of identifiers) board.put({ identifier });
    const first = await place.daemon();
    await first.running(...identifiers);
    await first.kill('SIGTERM');
    board.setState('ENG-1', 'Done');
    board.setState('ENG-2', 'Canceled');
    board.archive('ENG-2');
    board.setState('ENG-3', 'Backlog');
    board.trash('ENG-4');
    board.delete('ENG-5');

    const second = await place.daemon();
    await second.running('ENG-6');
    for (const identifier of ['ENG-1', 'ENG-2']) await gone(place, identifier);
    await afterAPoll(scene);

    const left = identifiers.filter((identifier) => place.has(`workspaces/${identifier}`));
    expect(left).toEqual(['ENG-3', 'ENG-4', 'ENG-5', 'ENG-6']);
    expect(await second.state()).toMatchObject({ problems: [] });
  });
});

describe.concurrent('sixty agents', DAEMON_TEST, () => {
  test('that only wait are all left alone over many polls', async (context) => {
    const scene = await aLinearScene(context, {
      sections: { agent: { max_concurrent_agents: 60 }, codex: { command: linearAgent({ look: 3_600 }) } },
    });
    const { place, linear, board } = scene;
    const identifiers = Array.from({ length: 60 }, (_, index) => `ENG-${index + 1}`);
    for (const identifier of identifiers) board.put({ identifier });
    const daemon = await place.daemon();
    // So many take a while, and each quarter of them gets the patience that a wait has.
    for (const some of [15, 30, 45]) await place.told(/^start /, some);
    const before = await daemon.running(...identifiers);

    for (let poll = 1; poll <= 5; poll += 1) await afterAPoll(scene);
    const after = await daemon.running(...identifiers);

    const processes = after.running.map(({ process_id }) => process_id);
    expect(processes).toEqual(before.running.map(({ process_id }) => process_id));
    expect(new Set(processes).size).toBe(60);
    expect(after).toMatchObject({ counts: { running: 60, retrying: 0 }, problems: [] });
    expect(startsOf(place)).toHaveLength(60);
    // One request tells of all of them.
    expect(linear.requests.map(({ operationName }) => operationName)).toContain('SymphonyPoll');
  });
});
