import { describe, expect, test } from 'vitest';
import type { StateResponse } from '../../../src/api/schema.js';
import { DAEMON_TEST, type DaemonProcess, until } from '../../helpers/board-daemon.js';
import type { LinearFault } from '../../helpers/linear/faults.js';
import { aLinearScene, type LinearScene, refresh, startsOf } from '../../helpers/linear/linear-daemon.js';
import { leftOf } from '../../helpers/processes.js';

// Goal: whatever is wrong with Linear, agents at work go on, nothing is lost or started twice, everybody can see what is
// wrong, and work goes on by itself once it is over (SPEC 11.4, 14.2, 16.5).

/** What stays the same of agents at work. */
function atWork({ running }: StateResponse, ...identifiers: readonly string[]) {
  return running
    .filter(({ issue_identifier }) => identifiers.includes(issue_identifier))
    .map(({ issue_identifier, process_id, session_id, attempt, started_at, stopping, turn_count }) => ({
      issue_identifier,
      process_id,
      session_id,
      attempt,
      started_at,
      stopping,
      turn_count,
    }));
}

interface AtWork extends LinearScene {
  readonly daemon: DaemonProcess;
  readonly before: ReturnType<typeof atWork>;
}

/** With so few an hour, a throttle lasts for the 19 s in which eight flow back: long enough to do something meanwhile. */
const LONG_THROTTLE = { requestsPerHour: 1_500 };

/** A daemon with two agents in a turn and a slot left. */
async function twoAtWork(
  context: Parameters<typeof aLinearScene>[0],
  allowance: Partial<typeof LONG_THROTTLE> = {},
): Promise<AtWork> {
  const sections = { agent: { max_concurrent_agents: 3 } };
  const scene = await aLinearScene(context, { sections, ...allowance });
  scene.board.put({ identifier: 'ENG-1' });
  scene.board.put({ identifier: 'ENG-2' });
  const daemon = await scene.place.daemon();
  const before = atWork(await daemon.running('ENG-1', 'ENG-2'), 'ENG-1', 'ENG-2');
  expect(before).toMatchObject([{ process_id: expect.any(Number) }, { process_id: expect.any(Number) }]);
  return { ...scene, daemon, before };
}

/** An issue that comes during the trouble, whose agent is to finish it at once. */
function newcomer({ place, board }: LinearScene, number: number): string {
  const { identifier } = board.put({ identifier: `ENG-${number}` });
  place.write(`orders/${identifier}`, 'done\n');
  return identifier;
}

/** The failure that an operator is shown, at both places. */
function shownFailure({ polling, problems }: StateResponse) {
  expect(problems).toContainEqual(polling.error);
  return polling.error;
}

/** Once the trouble is over: the newcomers are worked on, the two agents have not noticed, and each ran once. */
async function goesOn({ place, daemon, before }: AtWork, newcomers: readonly string[]): Promise<void> {
  for (const identifier of newcomers) await place.told(`moved ${identifier} Done`);
  const state = await daemon.running('ENG-1', 'ENG-2');

  expect(state.polling).toMatchObject({ error: null, paused_until: null });
  expect(state.counts).toMatchObject({ running: 2, retrying: 0, blocked: 0 });
  expect(atWork(state, 'ENG-1', 'ENG-2')).toEqual(before);
  expect(startsOf(place).sort()).toEqual(['ENG-1', 'ENG-2', ...newcomers].sort());
}

interface Trouble {
  readonly fault: LinearFault;
  readonly code: string;
  readonly message: RegExp;
}

const ALWAYS = { times: Number.POSITIVE_INFINITY };

const trouble = (fault: LinearFault, code: string, message: RegExp): Trouble => ({ fault, code, message });

const REFUSALS = [
  trouble({ kind: 'unauthenticated401' }, 'tracker_status', /refused the key.*LINEAR_API_KEY/),
  trouble({ kind: 'forbidden200' }, 'tracker_response', /do not have permission/),
  trouble({ kind: 'forbidden403' }, 'tracker_status', /do not have permission/),
  trouble({ kind: 'tooComplex' }, 'tracker_status', /too complex/),
];

const BREAKDOWNS = [
  trouble({ kind: 'serverError500' }, 'tracker_status', /trouble of its own.*status page/),
  trouble({ kind: 'unavailable503Html' }, 'tracker_status', /503/),
  trouble({ kind: 'internalErrorIn200' }, 'tracker_response', /trouble of its own/),
  trouble({ kind: 'lockTimeoutIn200' }, 'tracker_response', /try again/),
  trouble({ kind: 'partialData' }, 'tracker_response', /trouble of its own/),
  trouble({ kind: 'cutsConnection' }, 'tracker_request', /cannot be reached/),
  trouble({ kind: 'cutsBody' }, 'tracker_request', /cannot be reached/),
];

const NONSENSE = [
  trouble({ kind: 'notJson200' }, 'tracker_response', /no GraphQL/),
  trouble({ kind: 'emptyBody' }, 'tracker_response', /no GraphQL/),
  trouble({ kind: 'wrongShape' }, 'tracker_response', /no GraphQL/),
  trouble({ kind: 'nullsData' }, 'tracker_response', /without data/),
  trouble({ kind: 'missingEndCursor' }, 'tracker_pagination', /next page but no cursor/),
  trouble({ kind: 'repeatedCursor' }, 'tracker_pagination', /same cursor twice/),
];

const THROTTLES = ['throttled400', 'throttled200', 'throttled429', 'endpointThrottled'] as const;

/** One after the other goes wrong, and is got over. */
const MANY_TROUBLES = { timeout: 4 * DAEMON_TEST.timeout };

describe.concurrent(
  'agents at work are left alone and work goes on by itself when Linear',
  MANY_TROUBLES,
  () => {
    test('does not answer at all', async (context) => {
      const scene = await twoAtWork(context);
      const { linear, daemon, before } = scene;

      linear.faults.next({ kind: 'hangs' }, ALWAYS);
      const next = newcomer(scene, 11);
      const state = await daemon.showing('a limit reached', ({ polling }) => polling.error !== null);

      expect(shownFailure(state)).toMatchObject({
        code: 'tracker_timeout',
        message: expect.stringContaining('did not answer within 30 s'),
      });
      expect(atWork(state, 'ENG-1', 'ENG-2')).toEqual(before);
      linear.faults.clear();
      await goesOn(scene, [next]);
    });

    test.for([
      ['refuses us', REFUSALS],
      ['breaks down', BREAKDOWNS],
      ['answers nonsense', NONSENSE],
    ] as const)('%s, in every way we know', async ([, troubles], context) => {
      const scene = await twoAtWork(context);
      const { linear, daemon, before, place } = scene;
      const newcomers: string[] = [];

      for (const { fault, code, message } of troubles) {
        linear.faults.next(fault, ALWAYS);
        const next = newcomer(scene, 11 + newcomers.length);
        const state = await daemon.showing(
          `${fault.kind} as ${code}`,
          ({ polling }) => polling.error?.code === code,
        );

        expect(shownFailure(state)?.message, fault.kind).toMatch(message);
        expect(atWork(state, 'ENG-1', 'ENG-2'), fault.kind).toEqual(before);
        expect(startsOf(place), fault.kind).not.toContain(next);
        linear.faults.clear();
        newcomers.push(next);
        await goesOn(scene, newcomers);
      }
    });

    test.for(THROTTLES)(
      'asks us to wait (%s), which is done, whoever wants to ask',
      async (kind, context) => {
        const scene = await twoAtWork(context, LONG_THROTTLE);
        const { linear, daemon, before, place } = scene;

        linear.faults.next({ kind });
        const next = newcomer(scene, 11);
        const state = await daemon.showing('a pause', ({ polling }) => polling.paused_until !== null);
        const refused = linear.requests.at(-1);
        linear.forgetRequests();
        place.write('orders/ENG-1', 'move In Progress\n');
        await refresh(daemon);
        // Its budget is spent, or nothing may be asked at all: the agent is told in either case.
        await place.told(/^refused ENG-1 (tool_quota_exhausted|tracker_rate_limited)$/);

        expect(shownFailure(state)).toMatchObject({
          code: 'tracker_rate_limited',
          message: expect.stringMatching(/nothing is asked for \d+ s/),
        });
        expect(atWork(state, 'ENG-1', 'ENG-2')).toEqual(before);
        await goesOn(scene, [next]);
        const [following] = linear.requests;
        expect((following?.atMs ?? 0) - (refused?.atMs ?? 0)).toBeGreaterThanOrEqual(10_000);
      },
    );

    test('is slow, and shows an issue twice', async (context) => {
      const scene = await twoAtWork(context);
      const { linear, daemon, before } = scene;

      linear.faults.next({ kind: 'slow', ms: 1_500 });
      linear.faults.next({ kind: 'doubledIssue' }, { times: 3 });
      const next = newcomer(scene, 11);

      await goesOn(scene, [next]);
      expect(atWork(await daemon.state(), 'ENG-1', 'ENG-2')).toEqual(before);
    });
  },
);

describe.concurrent('an issue that cannot be read', DAEMON_TEST, () => {
  test('does not stop its agent and is named; as a candidate it is left out and named, and others start', async (context) => {
    const scene = await twoAtWork(context);
    const { board, daemon, before, place } = scene;
    const { id } = board.issue('ENG-1');

    board.corrupt('ENG-1', { state: null });
    const failed = await daemon.showing('a failed poll', ({ polling }) => polling.error !== null);
    expect(shownFailure(failed)).toMatchObject({
      code: 'tracker_response',
      message: expect.stringContaining(id),
    });
    expect(atWork(failed, 'ENG-1', 'ENG-2')).toEqual(before);
    board.heal('ENG-1');

    const candidate = board.put({ identifier: 'ENG-3', priority: 1 });
    board.corrupt('ENG-3', { title: null });
    const next = newcomer(scene, 11);
    await goesOn(scene, [next]);
    expect((await daemon.state()).problems).toContainEqual(
      expect.objectContaining({ code: 'tracker_response', message: expect.stringContaining(candidate.id) }),
    );
    board.heal('ENG-3');

    await daemon.running('ENG-1', 'ENG-2', 'ENG-3');
    expect(startsOf(place).filter((identifier) => identifier === 'ENG-3')).toHaveLength(1);
  });
});

describe.concurrent('a daemon that waits for Linear', DAEMON_TEST, () => {
  test('ends within its limit when it is told to, with all its agents', async (context) => {
    const { linear, daemon, place } = await twoAtWork(context);
    linear.faults.next({ kind: 'hangs' }, ALWAYS);
    linear.forgetRequests();
    await until('a question', () => linear.requests.length > 0);
    const agents = daemon.descendants();

    const fromMs = performance.now();
    const exit = await daemon.kill('SIGTERM');

    // The limit is ten seconds; the answer would have been waited for thirty.
    expect(performance.now() - fromMs).toBeLessThan(25_000);
    expect(exit.signal).toBeNull();
    expect(await leftOf(agents)).toEqual([]);
    expect(place.has('workspaces/ENG-1')).toBe(true);
  });
});

/** Longer than an agent takes to start, and to find its order. */
const STALL_MS = 15_000;

function isWaiting({ running }: StateResponse): boolean {
  return /^waits \d+ s for the tracker: /.test(running[0]?.last_message ?? '');
}

describe.concurrent('a turn that ends while Linear is away', DAEMON_TEST, () => {
  test('waits, is not taken for a stall, and its session goes on with its next turn', async (context) => {
    const { place, linear, board } = await aLinearScene(context, {
      sections: { codex: { stall_timeout_ms: STALL_MS } },
    });
    board.put({ identifier: 'ENG-1' });
    const daemon = await place.daemon();
    const before = await daemon.running('ENG-1');

    linear.faults.next({ kind: 'unavailable503Html' }, ALWAYS);
    place.write('orders/ENG-1', 'complete\n');
    await place.told('complete ENG-1');
    const endedAtMs = performance.now();
    const state = await daemon.showing('a run that waits', isWaiting);
    expect(state.running).toMatchObject([{ phase: 'streamingTurn', stopping: null, turn_count: 1 }]);
    await until('a wait longer than a stall', () => performance.now() - endedAtMs > STALL_MS + 1_000);
    linear.faults.clear();

    const { running, counts, codex_totals } = await daemon.showing(
      'a second turn',
      (now) => now.running[0]?.turn_count === 2,
    );
    expect(running).toMatchObject([{ process_id: before.running[0]?.process_id, attempt: null }]);
    expect(counts).toMatchObject({ running: 1, retrying: 0 });
    expect(codex_totals.seconds_running).toBeGreaterThan(STALL_MS / 1_000);
    expect(startsOf(place)).toEqual(['ENG-1']);
    expect(place.log().filter(({ message }) => /stall/.test(message))).toEqual([]);
  });

  test('ends its run once it is back, when the issue was finished meanwhile', async (context) => {
    const { place, linear, board } = await aLinearScene(context);
    board.put({ identifier: 'ENG-1' });
    const daemon = await place.daemon();
    await daemon.running('ENG-1');

    linear.faults.next({ kind: 'cutsConnection' }, ALWAYS);
    board.setState('ENG-1', 'Done');
    place.write('orders/ENG-1', 'complete\n');
    await daemon.showing('a run that waits', isWaiting);
    expect(place.has('workspaces/ENG-1')).toBe(true);
    linear.faults.clear();

    await until(
      'the workspace gone',
      () => !place.has('workspaces/ENG-1'),
      () => place.explain(),
    );
    await daemon.running();
    expect(startsOf(place)).toEqual(['ENG-1']);
    expect((await daemon.state()).counts).toMatchObject({ retrying: 0, blocked: 0 });
  });

  test('waits as long as a throttle lasts, then goes on', async (context) => {
    const { place, linear, board } = await aLinearScene(context, LONG_THROTTLE);
    board.put({ identifier: 'ENG-1' });
    const daemon = await place.daemon();
    await daemon.running('ENG-1');

    linear.faults.next({ kind: 'throttled400' });
    await daemon.showing('a pause', ({ polling }) => polling.paused_until !== null);
    linear.forgetRequests();
    place.write('orders/ENG-1', 'complete\n');
    const state = await daemon.showing('a run that waits', isWaiting);
    const { running } = await daemon.showing('a second turn', (now) => now.running[0]?.turn_count === 2);

    // Without a throttle it would be a second.
    expect(state.running[0]?.last_message).toMatch(/^waits ([5-9]|1\d|20) s for the tracker: /);
    expect(running).toMatchObject([{ attempt: null, process_id: state.running[0]?.process_id }]);
    expect(startsOf(place)).toEqual(['ENG-1']);
  });
});
