import { describe, expect, test } from 'vitest';
import type { StateResponse } from '../../../src/api/schema.js';
import { EventsResponse } from '../../../src/api/schema-history.js';
import type { JsonObject } from '../../../src/domain/json.js';
import {
  agentCommand,
  DAEMON_TEST,
  type DaemonProcess,
  LEAVES_A_CHILD,
  Place,
  type Sections,
} from '../../helpers/board-daemon.js';
import { Operator } from '../../helpers/daemon-calls.js';
import { leftOf } from '../../helpers/processes.js';

// Goal: a run that fails is retried with its number and its reason, and leaves no process behind (SPEC 8.4, 9.4, 10.6).

/** Retries as SPEC times them, so that a test sees them wait. */
const SLOW_RETRIES = { max_retry_backoff_ms: 300_000 };
const CHILD =
  'setsid sleep 1000 & echo "child $!" >> ../../journal; sleep 1000 & echo "child $!" >> ../../journal; ';

interface Failed {
  readonly place: Place;
  readonly daemon: DaemonProcess;
  readonly state: StateResponse;
}

/**
 * A daemon whose only issue A-1 has failed and waits for its retry, ten seconds from its failure. Dispatch is paused then,
 * so that there is no retry, however long a test looks around.
 */
async function aFailedRun(
  context: ConstructorParameters<typeof Place>[0],
  sections: Sections,
): Promise<Failed> {
  const place = new Place(context, { ...sections, agent: { ...sections['agent'], ...SLOW_RETRIES } });
  place.issue('A-1');
  const daemon = await place.daemon();
  const state = await daemon.showing('a retry of A-1', ({ counts }) => counts.retrying === 1);
  await new Operator(place, daemon).order('pause');
  return { place, daemon, state };
}

function codex(command: string, fields: JsonObject = {}): Sections {
  return { codex: { command, ...fields } };
}

describe.concurrent('a run is retried ten seconds later as attempt 1 when', DAEMON_TEST, () => {
  test('its agent crashes', async (context) => {
    const { daemon, state, place } = await aFailedRun(context, codex(agentCommand('crash', LEAVES_A_CHILD)));

    expect(state.retrying).toMatchObject([
      { issue_identifier: 'A-1', attempt: 1, error: expect.stringMatching(/^port_exit: .*9/) },
    ]);
    const waitMs = Date.parse(state.retrying[0]?.due_at ?? '') - Date.parse(state.generated_at);
    // Both times are shown in whole seconds.
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(10_000);
    expect(state.counts).toMatchObject({ running: 0, retrying: 1 });
    expect(state.problems.at(-1)).toMatchObject({ code: 'port_exit', issue_identifier: 'A-1' });
    const detail = await fetch(`${daemon.url}/api/v1/A-1`);
    expect(await detail.json()).toMatchObject({
      status: 'retrying',
      attempts: { restart_count: 0, current_retry_attempt: 1 },
      last_error: state.retrying[0]?.error,
    });
    expect(await leftOf(place.children())).toEqual([]);
    expect(place.has('workspaces/A-1')).toBe(true);
  });

  test('its turn ends with a failure, although the turn was completed', async (context) => {
    const { state } = await aFailedRun(context, codex(agentCommand('fail')));

    expect(state.retrying).toMatchObject([{ attempt: 1, error: 'turn_failed: the model broke off' }]);
  });

  test('its agent says nothing at all', async (context) => {
    const command = `${LEAVES_A_CHILD}exec sleep 1000`;
    const { state, place } = await aFailedRun(context, codex(command, { read_timeout_ms: 1_000 }));

    expect(state.retrying).toMatchObject([
      { attempt: 1, error: expect.stringMatching(/^response_timeout: /) },
    ]);
    expect(await leftOf(place.children())).toEqual([]);
  });

  test('its agent is not there', async (context) => {
    const { state } = await aFailedRun(context, codex('exec no-such-agent app-server'));

    expect(state.retrying).toMatchObject([
      { attempt: 1, error: expect.stringMatching(/^codex_not_found: /) },
    ]);
  });

  test('its turn is silent for longer than a turn may be', async (context) => {
    const command = agentCommand(undefined, LEAVES_A_CHILD);
    const { state, place } = await aFailedRun(context, codex(command, { turn_timeout_ms: 1_000 }));

    expect(state.retrying).toMatchObject([{ attempt: 1, error: expect.stringContaining('1000') }]);
    expect(await leftOf(place.children())).toEqual([]);
  });

  test('it stalls', async (context) => {
    const command = agentCommand(undefined, LEAVES_A_CHILD);
    const { state, place } = await aFailedRun(context, codex(command, { stall_timeout_ms: 3_000 }));

    expect(state.retrying).toMatchObject([
      { attempt: 1, error: expect.stringMatching(/^stalled for \d{4,}ms without codex activity$/) },
    ]);
    expect(await leftOf(place.children())).toEqual([]);
  });

  test('before_run fails: no agent starts, and the workspace stays', async (context) => {
    const { state, place, daemon } = await aFailedRun(context, {
      hooks: { before_run: 'echo no network; exit 3', after_run: 'echo after_run >> ../../journal' },
    });

    expect(state.retrying[0]?.error).toBe(
      'hook before_run failed with status 3; "symphony logs A-1" shows what it printed',
    );
    for (const path of ['state', 'issues', 'A-1/explain'])
      expect(await (await fetch(`${daemon.url}/api/v1/${path}`)).text()).not.toContain('no network');
    const { events } = EventsResponse.parse(await (await fetch(`${daemon.url}/api/v1/A-1/events`)).json());
    expect(events.find(({ kind }) => kind === 'hook_failed')).toMatchObject({
      message: expect.stringMatching(/^hook before_run failed after .* with exit status 3: no network$/u),
      fields: { output: 'no network' },
    });
    expect(place.journal()).toEqual(['after_run']);
    expect(place.has('workspaces/A-1')).toBe(true);
  });

  test('before_run takes too long: nothing of it lives on', async (context) => {
    const { state, place } = await aFailedRun(context, {
      // On a busy machine it takes seconds until both children are there.
      hooks: { before_run: `${CHILD}trap '' TERM; while :; do wait; sleep 1; done`, timeout_ms: 10_000 },
    });

    expect(state.retrying[0]?.error).toMatch(/before_run.*10000/);
    expect(place.children()).toHaveLength(2);
    expect(await leftOf(place.children())).toEqual([]);
    expect(place.attempts()).toEqual([]);
  });

  test('after_create fails: no directory is left', async (context) => {
    const { state, place } = await aFailedRun(context, {
      hooks: {
        after_create: `${CHILD}echo half > half; exit 17`,
        before_run: 'echo before_run >> ../../journal',
      },
    });

    expect(state.retrying[0]?.error).toMatch(/after_create.*17/);
    expect(place.has('workspaces/A-1')).toBe(false);
    expect(place.journal()).not.toContain('before_run');
    expect(await leftOf(place.children())).toEqual([]);
  });

  test('the prompt cannot be made for it, while others run', async (context) => {
    const place = new Place(context, { agent: SLOW_RETRIES });
    place.workflow({}, '{% if issue.priority == 1 %}{{ issue.importance }}{% endif %}Work.');
    place.issue('A-2');
    const daemon = await place.daemon();
    await daemon.running('A-2');

    place.issue('A-1', { priority: 1 });
    const { retrying, running } = await daemon.showing('its retry', ({ counts }) => counts.retrying === 1);

    expect(running).toMatchObject([{ issue_identifier: 'A-2', phase: 'streamingTurn' }]);
    expect(retrying).toMatchObject([
      {
        issue_identifier: 'A-1',
        attempt: 1,
        error: expect.stringMatching(/^template_render_error: .*importance/),
      },
    ]);
    expect(place.journal().filter((line) => line.startsWith('start A-1'))).toEqual([]);
  });
});

describe.concurrent('a retry', DAEMON_TEST, () => {
  test('counts on with each failure and goes on in the same workspace until it works', async (context) => {
    const place = new Place(context, {
      codex: { command: agentCommand('crash') },
      hooks: { after_create: 'echo once >> ../../created', before_run: 'echo run >> runs' },
    });
    place.issue('A-1');
    const daemon = await place.daemon();

    await place.told(/^start A-1 .* attempt=3$/);
    place.workflow({ codex: { command: agentCommand('complete') }, agent: { max_turns: 1 } });
    await place.told('complete A-1');
    await daemon.showing('its continuation', ({ retrying }) => retrying[0]?.error === null);
    expect(place.attempts().slice(0, 4)).toEqual([null, 1, 2, 3]);
    expect(place.lines('created')).toEqual(['once']);
    expect(place.lines('workspaces/A-1/runs').length).toBeGreaterThanOrEqual(4);
  });

  test('runs after_create again when that is what failed', async (context) => {
    const place = new Place(context, {
      hooks: { after_create: 'echo made >> ../../journal; [ -e ../../mended ] || exit 17' },
    });
    place.issue('A-1');
    const daemon = await place.daemon();
    await place.told('made', 2);

    place.write('mended', '');
    const { running } = await daemon.running('A-1');

    expect(running[0]?.attempt).toBe(place.journal().filter((line) => line === 'made').length - 1);
  });

  test('is given up when its issue has left the active states meanwhile', async (context) => {
    const { place, daemon } = await aFailedRun(context, codex(agentCommand('crash')));

    place.issue('A-1', { state: 'Backlog' });

    await daemon.showing('no claim', ({ counts }) => counts.retrying === 0);
    expect(place.attempts()).toEqual([null]);
    expect(place.has('workspaces/A-1')).toBe(true);
  });

  test('without a free slot says so, and starts with the same attempt once there is one', async (context) => {
    const place = new Place(context, { agent: { max_concurrent_agents: 2 } });
    place.issue('A-1');
    place.issue('A-2');
    const daemon = await place.daemon();
    await daemon.running('A-1', 'A-2');
    place.workflow({ agent: { max_concurrent_agents: 1 } });
    await daemon.showing('the lower limit', (state) => state.max_concurrent_agents === 1);

    place.order('A-1', 'crash');
    const { retrying } = await daemon.showing(
      'a retry that waits for a slot',
      (state) => state.retrying[0]?.error === 'no available orchestrator slots',
    );
    expect(retrying).toMatchObject([{ issue_identifier: 'A-1', attempt: 1 }]);

    place.order('A-2', 'done');
    const { running } = await daemon.running('A-1');
    expect(running[0]?.attempt).toBe(1);
  });
});

describe.concurrent('hooks that cannot change the outcome', DAEMON_TEST, () => {
  test('are after_run and before_remove, also when they fail or hang', async (context) => {
    const place = new Place(context, {
      hooks: {
        after_run: 'echo after_run >> ../../journal; exit 1',
        before_remove: `echo before_remove >> ../../journal; ${CHILD}wait`,
        // As long as it takes until `after_run` has ended by itself, also on a busy machine.
        timeout_ms: 10_000,
      },
      codex: { command: agentCommand('done') },
    });
    place.issue('A-1');

    const daemon = place.run('--until-idle');

    // For its run it changes nothing; but what it should have saved may be lost with the workspace.
    expect((await daemon.exited).code).toBe(1);
    expect(daemon.stdout).toMatch(/^1 issue finished in \d+ s: A-1\.$/m);
    expect(daemon.stdout).toContain('1 run, 0 retries, 0 failures');
    expect(daemon.stdout).toMatch(/^2 hooks failed: after_run of A-1, before_remove of A-1\.$/m);
    expect(place.journal()).toEqual(expect.arrayContaining(['after_run', 'before_remove']));
    expect(place.has('workspaces/A-1')).toBe(false);
    expect(await leftOf(place.children())).toEqual([]);
    expect(
      place
        .log()
        .flatMap(({ message, hook, reason, level }) => (level === 'warn' ? [[message, hook ?? reason]] : [])),
    ).toEqual([
      ['hook failed', 'after_run'],
      ['problem reported', 'hook after_run of A-1 failed with status 1 and printed nothing'],
      ['hook timed out', 'before_remove'],
      [
        'problem reported',
        expect.stringMatching(
          /^hook before_remove of A-1 did not end within \d\d s and was ended and printed nothing$/,
        ),
      ],
    ]);
  });
});
