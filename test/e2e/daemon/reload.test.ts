import { describe, expect, test } from 'vitest';
import { agentCommand, DAEMON_TEST, Place, until } from '../../helpers/board-daemon.js';

// Goal: a change to the workflow file counts without a restart, and a broken one stops nothing but new work (SPEC 6.2, 6.3).

describe.concurrent('a changed workflow file', DAEMON_TEST, () => {
  test('gives later runs another prompt, and leaves the running one alone', async (context) => {
    const place = new Place(context, { agent: { max_concurrent_agents: 1 } });
    place.issue('A-1', { priority: 1 });
    place.issue('A-2');
    const daemon = await place.daemon();
    await daemon.running('A-1');

    place.workflow({}, 'Do {{ issue.identifier }} with care.');
    await place.logged('workflow reloaded');
    expect((await daemon.state()).running).toMatchObject([{ issue_identifier: 'A-1', turn_count: 1 }]);
    place.order('A-1', 'done');
    await daemon.running('A-2');

    expect(place.lines('prompts')).toEqual([
      expect.stringContaining('"Work on A-1."'),
      expect.stringContaining('"Do A-2 with care."'),
    ]);
  });

  test('raises the limit at once, and a lowered one stops nobody', async (context) => {
    const place = new Place(context, { agent: { max_concurrent_agents: 1 } });
    for (const identifier of ['A-1', 'A-2', 'A-3']) place.issue(identifier);
    const daemon = await place.daemon();
    await daemon.running('A-1');

    place.workflow({ agent: { max_concurrent_agents: 2 } });
    await daemon.running('A-1', 'A-2');

    place.workflow({ agent: { max_concurrent_agents: 1 } });
    await daemon.showing('the lower limit', (state) => state.max_concurrent_agents === 1);
    place.order('A-1', 'done');
    await until('A-1 done', () => place.stateOf('A-1') === 'Done');
    const { running } = await daemon.running('A-2');
    expect(running).toHaveLength(1);
    place.order('A-2', 'done');
    await daemon.running('A-3');
  });

  test('changes the interval of polls, and the next poll comes by the new one', async (context) => {
    const place = new Place(context, { polling: { interval_ms: 3_600_000 } });
    const daemon = await place.daemon();
    const before = await daemon.showing('a poll', ({ polling }) => polling.last_success_at !== null);

    place.workflow({ polling: { interval_ms: 200 } });

    const { polling } = await daemon.showing(
      'a later poll',
      (state) => state.polling.last_success_at !== before.polling.last_success_at,
    );
    expect(polling.poll_interval_ms).toBe(200);
  });

  test('has later sessions started with another command and other hooks', async (context) => {
    const place = new Place(context, { agent: { max_concurrent_agents: 1 } });
    place.issue('A-1', { priority: 1 });
    place.issue('A-2');
    const daemon = await place.daemon();
    await daemon.running('A-1');

    place.workflow({
      codex: { command: agentCommand('done', 'echo "other command" >> ../../journal; ') },
      hooks: { before_run: 'echo "other hook" >> ../../journal' },
    });
    await place.logged('workflow reloaded');
    place.order('A-1', 'done');
    await until(
      'A-2 done',
      () => place.stateOf('A-2') === 'Done',
      () => place.explain(),
    );

    const at = (line: string): number => place.journal().indexOf(line);
    expect(at('other hook')).toBeGreaterThan(at('done A-1'));
    expect(at('other command')).toBeGreaterThan(at('other hook'));
  });
});

const BROKEN = '---\ntracker: [\n---\nWork.\n';

describe.concurrent('a broken workflow file', DAEMON_TEST, () => {
  test('starts nothing new and is told once, while what runs goes on and is reconciled; mended, dispatch goes on', async (context) => {
    const place = new Place(context, { agent: { max_concurrent_agents: 2 } });
    place.issue('A-1');
    place.issue('A-2');
    const daemon = await place.daemon();
    await daemon.running('A-1', 'A-2');

    place.write('WORKFLOW.md', BROKEN);
    const broken = await daemon.showing('the error', (state) => state.workflow_error !== null);
    expect(broken.workflow_error).toMatchObject({ code: 'workflow_parse_error', issue_identifier: null });
    expect(broken.workflow_error?.message).toContain('line 2');
    expect(broken.counts.running).toBe(2);

    place.issue('A-3', { priority: 1 });
    place.issue('A-1', { state: 'Done' });
    place.order('A-2', 'done');
    await until(
      'both workspaces gone',
      () => !place.has('workspaces/A-1') && !place.has('workspaces/A-2'),
      () => place.explain(),
    );
    const idle = await daemon.showing('A-3 waiting', ({ waiting }) =>
      waiting.issue_identifiers.includes('A-3'),
    );
    expect(idle).toMatchObject({ counts: { running: 0, retrying: 0 }, waiting: { count: 1 } });
    expect(place.stateOf('A-2')).toBe('Done');

    place.workflow({});
    const mended = await daemon.running('A-3');
    expect(mended.workflow_error).toBeNull();
    expect(place.log().filter(({ message }) => message.startsWith('workflow invalid'))).toMatchObject([
      { level: 'error', code: 'workflow_parse_error' },
    ]);
  });

  test.for([
    ['is gone', null, 'missing_workflow_file'],
    ['has no map on top', '---\n- a\n---\nWork.\n', 'workflow_front_matter_not_a_map'],
    [
      'names a tracker that is not there',
      '---\ntracker: { kind: post }\n---\nWork.\n',
      'unsupported_tracker_kind',
    ],
  ] as const)('that %s is told by its code', async ([, content, code], context) => {
    const place = new Place(context);
    const daemon = await place.daemon();
    await daemon.showing('a poll', ({ polling }) => polling.last_success_at !== null);

    if (content === null) place.remove('WORKFLOW.md');
    else place.write('WORKFLOW.md', content);

    const { workflow_error } = await daemon.showing('the error', (state) => state.workflow_error !== null);
    expect(workflow_error?.code).toBe(code);
    place.workflow({});
    await daemon.showing('no error', (state) => state.workflow_error === null);
  });
});
