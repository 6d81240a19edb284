import { describe, expect, test } from 'vitest';
import { agentCommand, DAEMON_TEST, LEAVES_A_CHILD, Place, until } from '../../helpers/board-daemon.js';
import { leftOf } from '../../helpers/processes.js';
import { JOURNAL } from './lives.js';

// Goal: what a person has to decide waits for that person and for nothing else; what the account cannot pay waits for its
// reset, and everything with it (SPEC 10.5, 13.7).

const ASKS = { approval_policy: 'on-request', command: agentCommand(undefined, LEAVES_A_CHILD) };

/** A daemon of one slot in which A-1 asked something, and A-2 works since. */
async function aBlockedIssue(context: ConstructorParameters<typeof Place>[0]) {
  const place = new Place(context, {
    agent: { max_concurrent_agents: 1 },
    codex: ASKS,
    hooks: { after_run: 'echo "after_run $SYMPHONY_ISSUE_IDENTIFIER" >> ../../journal' },
  });
  place.issue('A-1', { priority: 1 });
  place.issue('A-2');
  place.order('A-1', 'ask');
  const daemon = await place.daemon();
  const state = await daemon.running('A-2');
  // Only once it is known where its agent left the issue is a move known for a person's. A poll that ends after the
  // question may have read the issue before it, so that the time of the last one does not tell.
  await until(
    'where the agent left A-1',
    () => place.lines(JOURNAL).some((line) => line.includes('"baselineState":"todo"')),
    () => place.explain(),
  );
  return { place, daemon, state };
}

describe.concurrent('an issue whose agent asked for approval', DAEMON_TEST, () => {
  test('is shown with its question, holds no slot, and leaves no process', async (context) => {
    const { place, daemon, state } = await aBlockedIssue(context);

    expect(state.counts).toEqual({ running: 1, retrying: 0, blocked: 1, parked: 0 });
    expect(state.blocked).toMatchObject([
      {
        issue_identifier: 'A-1',
        error: expect.stringMatching(/approval/i),
        question: { kind: 'commandApproval', text: expect.stringContaining('npm publish') },
      },
    ]);
    expect(place.journal()).toContain('after_run A-1');
    expect(await leftOf(place.children().slice(0, 1))).toEqual([]);
    const detail = await fetch(`${daemon.url}/api/v1/A-1`);
    expect(await detail.json()).toMatchObject({ status: 'blocked', retry: null, running: null });
    // It is not retried: the poll after next still finds it blocked.
    place.order('A-2', 'done');
    const later = await daemon.running();
    expect(later.counts).toMatchObject({ blocked: 1, retrying: 0 });
  });

  test('runs again in its workspace once a person has moved it between active states', async (context) => {
    const { place, daemon } = await aBlockedIssue(context);
    place.append('workspaces/A-1/notes', 'kept\n');

    place.issue('A-1', { state: 'In Progress', priority: 1 });
    await daemon.showing('its release', ({ counts }) => counts.blocked === 0);
    place.order('A-2', 'done');
    const { running } = await daemon.running('A-1');

    expect(running).toMatchObject([{ attempt: null, state: 'In Progress' }]);
    expect(place.lines('workspaces/A-1/notes')).toEqual(['kept']);
  });

  test('loses its workspace once a person has closed it', async (context) => {
    const { place, daemon } = await aBlockedIssue(context);

    place.issue('A-1', { state: 'Cancelled' });

    await until(
      'the workspace gone',
      () => !place.has('workspaces/A-1'),
      () => place.explain(),
    );
    await daemon.showing('its release', ({ counts }) => counts.blocked === 0);
  });

  test('may run again when a person takes it back and puts it forth', async (context) => {
    const { place, daemon } = await aBlockedIssue(context);

    place.issue('A-1', { state: 'Backlog' });
    await daemon.showing('its release', ({ counts }) => counts.blocked === 0);
    expect(place.has('workspaces/A-1')).toBe(true);
    place.issue('A-1', { state: 'Todo' });
    place.order('A-2', 'done');

    await daemon.running('A-1');
  });
});

test.concurrent(
  'an approval is given by itself where the policy is never to ask',
  DAEMON_TEST,
  async (context) => {
    const place = new Place(context, { codex: { command: agentCommand('ask') }, agent: { max_turns: 1 } });
    place.issue('A-1');
    const daemon = await place.daemon();

    await place.told('answered A-1');

    expect((await daemon.state()).counts.blocked).toBe(0);
  },
);

describe.concurrent('a usage limit', DAEMON_TEST, () => {
  test('parks its issue and holds back everything new until the reset, and what runs goes on', async (context) => {
    const place = new Place(context, { agent: { max_concurrent_agents: 2 } });
    place.issue('A-1', { priority: 1 });
    place.issue('A-2', { priority: 1 });
    place.issue('A-3');
    place.order('A-1', 'limit');
    const daemon = await place.daemon();

    const state = await daemon.showing('the limit', ({ account_limit }) => account_limit !== null);

    expect(state.account_limit?.reason).toContain('You have hit your usage limit.');
    const inHours =
      (Date.parse(state.account_limit?.until ?? '') - Date.parse(state.generated_at)) / 3_600_000;
    expect(inHours).toBeGreaterThan(0.9);
    expect(inHours).toBeLessThan(1.1);
    expect(state.parked).toMatchObject([{ issue_identifier: 'A-1', until: state.account_limit?.until }]);
    expect(state.rate_limits).toMatchObject({ primary: { usedPercent: 100 } });
    place.issue('A-4', { priority: 1 });
    const later = await daemon.showing('A-4', ({ waiting }) => waiting.issue_identifiers.includes('A-4'));
    expect(later.running.map(({ issue_identifier }) => issue_identifier)).toEqual(['A-2']);
    place.order('A-2', 'done');
    await until(
      'A-2 done',
      () => !place.has('workspaces/A-2'),
      () => place.explain(),
    );
    expect((await daemon.running()).waiting.count).toBe(2);
    expect(place.journal().filter((line) => /^start A-[34] /.test(line))).toEqual([]);
  });

  test('is over at its reset: the parked issue goes on as a retry, and the others start', async (context) => {
    const command = agentCommand(
      undefined,
      'export RESETS_AT=$((EPOCHSECONDS + 2)); echo "at $EPOCHSECONDS, reset at $RESETS_AT" >> ../../journal; ',
    );
    const place = new Place(context, { agent: { max_concurrent_agents: 1 }, codex: { command } });
    place.issue('A-1', { priority: 1 });
    place.order('A-1', 'limit');
    const daemon = await place.daemon();
    // By the log, because the limit may be over before anybody has looked.
    await place.logged('issue parked');

    const { running, account_limit } = await daemon.running('A-1');

    expect(running[0]?.attempt).toBe(1);
    expect(account_limit).toBeNull();
    const [first = [], second = []] = place.journal().flatMap((line) => {
      const times = /^at (\d+), reset at (\d+)$/.exec(line);
      return times === null ? [] : [times.slice(1).map(Number)];
    });
    expect(second[0]).toBeGreaterThanOrEqual(first[1] ?? Number.POSITIVE_INFINITY);
  });
});
