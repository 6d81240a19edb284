import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agentCommand, DAEMON_TEST, LEAVES_A_CHILD, Place, until } from '../../helpers/board-daemon.js';
import { leftOf } from '../../helpers/processes.js';

// Goal: what happens between an issue and its agent: turns, prompts, places and ends (SPEC 7.1, 9.5, 10.3).

describe.concurrent('a session', DAEMON_TEST, () => {
  test('takes as many turns as it may on one thread, and a new one follows soon', async (context) => {
    const place = new Place(context, {
      agent: { max_turns: 2 },
      codex: { command: agentCommand('complete') },
    });
    place.workflow(
      {},
      'Work on {{ issue.identifier }}{% if attempt %} again, attempt {{ attempt }}{% endif %}.',
    );
    place.issue('A-1');
    const daemon = await place.daemon();

    await place.told(/^start A-1 /, 2);
    await until(
      'its first turn',
      () => place.lines('prompts').length >= 3,
      () => place.explain(),
    );

    const prompts = place.lines('prompts');
    expect(prompts[0]).toContain('"Work on A-1."');
    expect(prompts[1]).not.toContain('Work on A-1');
    expect(prompts[2]).toContain('"Work on A-1 again, attempt 1."');
    const threads = prompts.map((prompt) => /"threadId":"([^"]+)"/.exec(prompt)?.[1]);
    expect(threads[1]).toBe(threads[0]);
    expect(threads[2]).not.toBe(threads[0]);
    expect(place.attempts().slice(0, 2)).toEqual([null, 1]);
    const [scheduled] = await place.logged('retry scheduled');
    expect(scheduled).toMatchObject({ attempt: 1, delay_ms: 1_000, error: null });
    expect((await daemon.state()).problems).toEqual([]);
  });

  test('ends after the turn in which a person closed the issue', async (context) => {
    const place = new Place(context, { polling: { interval_ms: 3_600_000 } });
    place.issue('A-1');
    const daemon = await place.daemon();
    await daemon.running('A-1');

    place.issue('A-1', { state: 'Cancelled' });
    place.order('A-1', 'complete');

    await until(
      'the workspace gone',
      () => !place.has('workspaces/A-1'),
      () => place.explain(),
    );
    expect(place.lines('prompts')).toHaveLength(1);
  });

  test('is ended with all its processes, also when none of them heeds it', async (context) => {
    const stubborn = `${LEAVES_A_CHILD}trap '' TERM INT HUP; echo "child $$" >> ../../journal; while :; do sleep 1000; done`;
    const place = new Place(context, { codex: { command: stubborn } });
    place.issue('A-1');
    const daemon = await place.daemon();
    await place.told(/^child /, 2);

    place.issue('A-1', { state: 'Backlog' });

    await daemon.showing('no claim', ({ counts }) => counts.running === 0);
    expect(await leftOf(place.children())).toEqual([]);
    expect(place.has('workspaces/A-1')).toBe(true);
  });
});

describe.concurrent('the workspace of an issue', DAEMON_TEST, () => {
  test('is named after its identifier, made safe and unmistakable, and is where its agent works', async (context) => {
    const place = new Place(context);
    place.workflow({ codex: { command: agentCommand(undefined, 'pwd -P >> ../../journal; ') } });
    place.issue('A-1');
    place.write('board/slash.md', '---\nidentifier: team/a-1\ntitle: One\n---\n');
    place.write('board/under.md', '---\nidentifier: team_a-1\ntitle: Two\n---\n');
    const daemon = await place.daemon();

    const { running } = await daemon.running('A-1', 'team/a-1', 'team_a-1');

    const keys = running.map(({ workspace_path }) =>
      workspace_path?.slice(`${place.path}/workspaces/`.length),
    );
    expect(keys.sort()).toEqual(['A-1', 'team_a-1', expect.stringMatching(/^team_a-1--[0-9a-f]{16}$/)]);
    expect(place.journal()).toEqual(
      expect.arrayContaining(keys.map((key) => `${place.path}/workspaces/${key}`)),
    );
  });

  test('that leads out of the root is not entered: no hook, no agent, nothing outside touched', async (context) => {
    const place = new Place(context, {
      hooks: { after_create: 'echo hook >> ../journal', before_run: 'echo hook >> ../journal' },
    });
    mkdirSync(join(place.path, 'outside'));
    mkdirSync(join(place.path, 'workspaces'));
    symlinkSync('../outside', join(place.path, 'workspaces/A-1'));
    place.write('outside/precious', 'kept\n');
    place.issue('A-1');
    const daemon = await place.daemon();

    const { retrying } = await daemon.showing('its failure', ({ counts }) => counts.retrying === 1);

    expect(retrying[0]?.error).toContain('workspaces/A-1');
    place.issue('A-1', { state: 'Done' });
    await daemon.showing('no claim', ({ counts }) => counts.retrying + counts.running === 0);
    expect(place.lines('outside/precious')).toEqual(['kept']);
    expect(place.journal()).toEqual([]);
  });
});
