import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { DAEMON_TEST, until } from '../../helpers/board-daemon.js';
import {
  aLinearScene,
  ended,
  linearAgent,
  mostAliveAtOnce,
  startsOf,
} from '../../helpers/linear/linear-daemon.js';
import { patientFetch } from '../../helpers/patient-fetch.js';

// Goal: the built program works a board of Linear empty, and the key stays with it (SPEC 8.2, 8.3, 11, 15.3).

const Explained = z.object({
  headline: z.string().optional(),
  error: z.object({ code: z.string() }).optional(),
});

describe.concurrent('a board of Linear', DAEMON_TEST, () => {
  test('is worked empty by agents that move their issues, in order and never more than three at once', async (context) => {
    const { place, linear, board } = await aLinearScene(context, {
      sections: { agent: { max_concurrent_agents: 3 } },
    });
    const identifiers = Array.from({ length: 12 }, (_, index) => `ENG-${index + 1}`);
    const best = ['ENG-12', 'ENG-7', 'ENG-9'];
    for (const identifier of identifiers) board.put({ identifier, description: 'Say hello.' });
    board.put({ identifier: 'ENG-9', priority: 1 });
    board.put({ identifier: 'ENG-7', priority: 2 });
    board.put({ identifier: 'ENG-12', priority: 3 });
    board.put({ identifier: 'ENG-20', state: 'Backlog', priority: 1 });
    board.put({ identifier: 'ENG-21', projectSlugId: board.addProject('Other').slugId, priority: 1 });

    for (const identifier of identifiers)
      if (!best.includes(identifier)) place.write(`orders/${identifier}`, 'done\n');
    const daemon = place.run('--until-idle');
    // The first three have nothing to do until all three are there.
    await place.told(/^start /, 3);
    for (const identifier of best) place.write(`orders/${identifier}`, 'done\n');

    expect(await ended(daemon, place)).toEqual({ code: 0, signal: null });
    expect(daemon.stdout).toContain('12 issues finished');
    expect(daemon.stdout).toContain('12 runs, 0 retries, 0 failures');
    expect(startsOf(place).slice(0, 3).sort()).toEqual(best);
    expect(startsOf(place).sort()).toEqual([...identifiers].sort());
    expect(mostAliveAtOnce(place)).toBe(3);
    expect(identifiers.map((identifier) => board.issue(identifier).state)).toEqual(Array(12).fill('Done'));
    expect([board.issue('ENG-20').state, board.issue('ENG-21').state]).toEqual(['Backlog', 'Todo']);
    expect(identifiers.filter((identifier) => place.has(`workspaces/${identifier}`))).toEqual([]);
    expect(linear.requests.filter(({ status }) => status !== 200)).toEqual([]);
    expect(place.log().filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });

  test('is not taken for an empty one while Linear is away at the start', async (context) => {
    const { place, linear, board } = await aLinearScene(context, {
      sections: { codex: { command: linearAgent({ order: 'done' }) } },
    });
    board.put({ identifier: 'ENG-1' });
    linear.faults.next({ kind: 'cutsConnection' }, { times: 4 });

    const daemon = place.run('--until-idle');

    expect((await ended(daemon, place)).code).toBe(0);
    expect(await place.logged('poll failed, nothing stopped and nothing dispatched')).toHaveLength(1);
    expect(daemon.stdout).toContain('1 issue finished');
  });

  test('of more than a page is listed whole, and its best issues start first', async (context) => {
    const { place, board } = await aLinearScene(context, {
      sections: { agent: { max_concurrent_agents: 2 }, polling: { interval_ms: 5_000 } },
    });
    for (let number = 1; number <= 520; number += 1) {
      board.put({ identifier: `ENG-${number}`, priority: number === 7 || number === 260 ? 1 : 3 });
    }
    const daemon = await place.daemon();

    const state = await daemon.running('ENG-7', 'ENG-260');

    expect(state.waiting.count).toBe(518);
    expect(state.problems).toEqual([]);
  });

  test('is asked about any issue that somebody wants explained, in the project or not', async (context) => {
    const { place, board } = await aLinearScene(context);
    board.put({ identifier: 'ENG-1' });
    board.put({ identifier: 'ENG-20', state: 'Backlog' });
    board.put({ identifier: 'ENG-21', projectSlugId: board.addProject('Other').slugId });
    board.put({ identifier: 'ENG-22', state: 'Done' });
    board.archive('ENG-22');
    const daemon = await place.daemon();
    await daemon.running('ENG-1');
    const headline = (identifier: string): Promise<string> =>
      until(`what is told of ${identifier}`, async () => {
        const answer = await patientFetch(`${daemon.url}/api/v1/${identifier}/explain`);
        const { headline, error } = Explained.parse(await answer.json());
        // The daemon does not wait for Linear, not even a tenth of a second.
        return error?.code === 'explanation_pending' ? null : (headline ?? error?.code);
      });

    expect(await headline('ENG-20')).toBe('state Backlog is not among the active ones: Todo, In Progress');
    expect(await headline('eng-21')).toContain('project');
    expect(await headline('ENG-22')).toBe('state Done is terminal');
    expect(await headline('ENG-404')).toBe('issue_not_found');
  });

  test('is polled less often when the allowance runs low, before Linear has to throttle', async (context) => {
    const { place, linear, board } = await aLinearScene(context, { requestsPerHour: 40 });
    board.put({ identifier: 'ENG-1' });
    const daemon = await place.daemon();

    const { polling } = await daemon.showing(
      'a longer interval',
      (state) => state.polling.poll_interval_ms > 60_000,
    );
    place.write('orders/ENG-1', 'done\n');
    await until(
      'the end of the work',
      () => board.issue('ENG-1').state === 'Done' && !place.has('workspaces/ENG-1'),
      () => place.explain(),
    );

    expect(polling).toMatchObject({ configured_interval_ms: 300, requests: { limit: 40 }, error: null });
    expect(linear.requests.filter(({ status }) => status !== 200)).toEqual([]);
  });
});

describe.concurrent('an agent that uses linear_graphql', DAEMON_TEST, () => {
  test('is told when nobody knows whether its mutation was carried out, and it is not repeated', async (context) => {
    const { place, linear, board } = await aLinearScene(context);
    board.put({ identifier: 'ENG-1' });
    const daemon = await place.daemon();
    await daemon.running('ENG-1');
    const isUpdate = ({ rootFields }: { readonly rootFields: readonly string[] }) =>
      rootFields.includes('issueUpdate');
    linear.faults.next({ kind: 'cutsConnection', afterExecution: true }, { when: isUpdate });

    place.write('orders/ENG-1', 'move In Progress\n');
    await place.told('refused ENG-1 tracker_request');
    const { running } = await daemon.showing(
      'what was done',
      (state) => state.running[0]?.state === 'In Progress',
    );

    expect(linear.requests.filter(isUpdate)).toHaveLength(1);
    expect(running).toMatchObject([{ stopping: null, turn_count: 1 }]);
  });

  test('is stopped with its issue although Linear does not answer its call', async (context) => {
    const { place, linear, board } = await aLinearScene(context);
    board.put({ identifier: 'ENG-1' });
    const daemon = await place.daemon();
    await daemon.running('ENG-1');
    const isUpdate = ({ rootFields }: { readonly rootFields: readonly string[] }) =>
      rootFields.includes('issueUpdate');
    linear.faults.next({ kind: 'hangs' }, { when: isUpdate });

    place.write('orders/ENG-1', 'done\n');
    await until('a call under way', () => linear.requests.some(isUpdate));
    const fromMs = performance.now();
    board.setState('ENG-1', 'Backlog');
    await daemon.running();

    // The call itself has a limit of thirty seconds.
    expect(performance.now() - fromMs).toBeLessThan(28_000);
    expect(await daemon.state()).toMatchObject({ counts: { running: 0, retrying: 0 }, problems: [] });
    expect(place.has('workspaces/ENG-1')).toBe(true);
  });

  test('cannot change anything where the file allows reading only', async (context) => {
    const { place, linear, board } = await aLinearScene(context, { provider: { tool_access: 'read' } });
    board.put({ identifier: 'ENG-1' });
    const daemon = await place.daemon();
    await daemon.running('ENG-1');

    place.write('orders/ENG-1', 'move Done\n');
    await place.told(/^refused ENG-1 /);

    expect(board.issue('ENG-1').state).toBe('Todo');
    expect(linear.requests.filter(({ rootFields }) => rootFields.includes('issueUpdate'))).toEqual([]);
  });
});
