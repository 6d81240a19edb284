import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, until } from '../../helpers/board-daemon.js';
import { leftOf } from '../../helpers/processes.js';
import { Commander } from './commander.js';
import { between, Lives, WAITS_LONG } from './lives.js';

// Goal: a daemon goes on with what the one before it was at, however that one ended: no work is begun anew, no question is
// asked twice, no order is forgotten, and nothing is worked on twice at once (SPEC 14.3).

describe.concurrent('after a kill', DAEMON_TEST, () => {
  test('what an agent worked on goes on in its thread, as the next attempt, and never beside the first agent', async (context) => {
    const lives = new Lives(context);
    const { place } = lives;
    const first = await lives.working();

    const next = await lives.restarted(first, 'SIGKILL');

    const { running } = await next.running('A-1');
    expect(running).toMatchObject([{ issue_identifier: 'A-1', attempt: 1 }]);
    expect(place.attempts()).toEqual([null, 1]);
    const [thread] = lives.threads();
    expect(lives.threads()).toEqual([thread, thread]);
    expect(lives.atOnce()).toEqual([]);
    place.order('A-1', 'done');
    await next.running();
    expect(place.stateOf('A-1')).toBe('Done');
  });

  test('what an agent worked on waits as long after its start as after a failure, for it may be what ended the daemon', async (context) => {
    const lives = new Lives(context, WAITS_LONG);
    const first = await lives.working();
    await lives.failThrice(first);
    await lives.operator(first).order('retry', 'A-1');
    const { running } = await first.running('A-1');
    await lives.kept('"attempt":3,"thread":');

    const next = await lives.restarted(first, 'SIGKILL');

    const { retrying } = await next.showing('its retry', ({ counts }) => counts.retrying === 1);
    expect(retrying).toMatchObject([
      { attempt: 4, error: 'Symphony ended while it was worked on', workspace_path: expect.any(String) },
    ]);
    // Both are shown in whole seconds.
    expect(between(running[0]?.started_at, retrying[0]?.due_at)).toBeGreaterThanOrEqual(79_000);
    expect(between(running[0]?.started_at, retrying[0]?.due_at)).toBeLessThanOrEqual(81_000);
    expect(lives.place.attempts()).toHaveLength(4);
    await lives.operator(next).order('retry', 'A-1');
    await next.running('A-1');
    expect(lives.place.attempts()).toEqual([null, 1, 2, 3, 4]);
    expect(new Set(lives.threads()).size).toBe(1);
  });

  test('what an agent has finished is saved by after_run before its workspace goes, although the first one was killed in it', async (context) => {
    const lives = new Lives(context, {
      hooks: {
        after_run: 'echo after_run >> ../../journal; [ -e ../../saves ] || sleep 1000',
        before_remove: 'echo before_remove >> ../../journal',
        timeout_ms: 600_000,
      },
    });
    const { place } = lives;
    const first = await lives.working();
    place.order('A-1', 'done');
    await place.told('after_run');
    expect(place.stateOf('A-1')).toBe('Done');
    place.write('saves', '');

    await lives.restarted(first, 'SIGKILL');

    await until(
      'the workspace gone',
      () => !place.has('workspaces/A-1'),
      () => place.explain(),
    );
    const hooks = place.journal().filter((line) => /^(after_run|before_remove)$/.test(line));
    expect(hooks).toEqual(['after_run', 'after_run', 'before_remove']);
  });

  test('what waited for its retry keeps its number, its time and its reason', async (context) => {
    const lives = new Lives(context, WAITS_LONG);
    const first = await lives.working();
    await lives.failThrice(first);
    const [before] = (await first.state()).retrying;

    const next = await lives.restarted(first, 'SIGKILL');

    const { retrying } = await next.showing('its retry', ({ counts }) => counts.retrying === 1);
    expect(retrying).toEqual([{ ...before, due_at: expect.any(String) }]);
    expect(before).toMatchObject({ attempt: 3, error: expect.stringContaining('port_exit') });
    // A millisecond that the clock lost with the first daemon can be the last one of a second.
    expect(Math.abs(between(before?.due_at, retrying[0]?.due_at))).toBeLessThanOrEqual(1_000);
    expect(lives.place.attempts()).toEqual([null, 1, 2]);
  });

  test('a question is still asked, in the same words, and its answer reaches the thread that asked', async (context) => {
    const lives = new Lives(context);
    const { place } = lives;
    place.order('A-1', 'ask');
    place.issue('A-1');
    const first = await place.daemon();
    const before = await first.showing('the question', ({ counts }) => counts.blocked === 1);
    await lives.kept('"kind":"blocked"');

    const next = await lives.restarted(first, 'SIGKILL');

    const { blocked } = await next.showing('the question', ({ counts }) => counts.blocked === 1);
    expect(blocked).toEqual(before.blocked);
    expect(blocked).toMatchObject([{ question: { text: expect.stringContaining('npm publish') } }]);
    await next.showing('a poll', ({ polling }) => polling.last_success_at !== null);
    expect(place.attempts()).toEqual([null]);
    await new Commander(context, place).says('answer', 'A-1', '--approve');
    await next.running('A-1');
    const [thread] = lives.threads();
    expect(lives.threads()).toEqual([thread, thread]);
    const told = place.lines('prompts').filter((prompt) => prompt.includes('You asked: '));
    expect(told).toEqual([expect.stringMatching(/npm publish.*approved exactly this/u)]);
  });

  test('an answer that was given is not asked for again', async (context) => {
    const lives = new Lives(context, { agent: { max_concurrent_agents: 1 } });
    const { place } = lives;
    place.issue('A-2');
    place.order('A-1', 'ask');
    place.issue('A-1', { priority: 1 });
    const first = await place.daemon();
    await first.running('A-2');
    await lives.operator(first).order('answer', 'A-1', { text: 'Publish beta only.' });
    await lives.kept('Publish beta only.');
    const started = first.descendants();

    const next = await lives.restarted(first, 'SIGKILL');
    // Else the agent that ends with the first daemon could be the one that takes the order.
    expect(await leftOf(started)).toEqual([]);
    place.order('A-2', 'done');

    const told = (): string[] => place.lines('prompts').filter((prompt) => prompt.includes('You asked: '));
    await until(
      'the answer told',
      () => told().length > 0,
      () => place.explain(),
    );
    expect((await next.state()).counts.blocked).toBe(0);
    expect(told()).toEqual([expect.stringContaining('Publish beta only.')]);
  });

  test('what became of issues meanwhile counts: what is finished goes with its workspace, what was taken back keeps it', async (context) => {
    const lives = new Lives(context, WAITS_LONG);
    const { place } = lives;
    const first = await lives.working();
    place.order('A-2', 'ask');
    place.issue('A-2');
    await first.showing('its question', ({ counts }) => counts.blocked === 1);
    place.issue('A-3');
    await first.running('A-1', 'A-3');
    await lives.operator(first).order('stop', 'A-3');
    await first.showing('A-3 aside', ({ counts }) => counts.parked === 1);
    await lives.kept('"kind":"parked"');
    place.order('A-4', 'refuse');
    place.issue('A-4');
    await first.showing('its retry', ({ counts }) => counts.retrying === 1);
    await lives.kept('"kind":"retryQueued"');

    await first.kill('SIGKILL');
    for (const identifier of ['A-1', 'A-2', 'A-3']) place.issue(identifier, { state: 'Done' });
    place.issue('A-4', { state: 'Backlog' });
    const next = await place.daemon();

    const none = { running: 0, retrying: 0, blocked: 0, parked: 0 };
    await next.showing('no claim', ({ counts }) => JSON.stringify(counts) === JSON.stringify(none));
    const left = (): boolean => ['A-1', 'A-2', 'A-3'].some((name) => place.has(`workspaces/${name}`));
    await until(
      'their workspaces gone',
      () => !left(),
      () => place.explain(),
    );
    expect(place.has('workspaces/A-4')).toBe(true);
    expect(place.attempts()).toEqual([null, null, null, null]);
  });
});

describe.concurrent('after an orderly stop', DAEMON_TEST, () => {
  test('what an agent worked on goes on at once in its thread, and counts as no failure', async (context) => {
    const lives = new Lives(context, WAITS_LONG);
    const first = await lives.working();
    await lives.failThrice(first);
    await lives.operator(first).order('retry', 'A-1');
    await first.running('A-1');

    const next = await lives.restarted(first, 'SIGTERM');

    // After a failure it would wait for 80 s.
    const { running } = await next.running('A-1');
    expect(running).toMatchObject([{ attempt: 3 }]);
    expect(lives.place.attempts()).toEqual([null, 1, 2, 3, 3]);
    expect(new Set(lives.threads()).size).toBe(1);
    expect(lives.atOnce()).toEqual([]);
  });

  test('what waited for its retry need not wait any longer, and keeps its number and thread', async (context) => {
    const lives = new Lives(context, WAITS_LONG);
    const first = await lives.working();
    await lives.failThrice(first);
    const [before] = (await first.state()).retrying;

    const next = await lives.restarted(first, 'SIGTERM');

    const { running } = await next.running('A-1');
    expect(running).toMatchObject([{ attempt: 3 }]);
    expect(between(running[0]?.started_at, before?.due_at)).toBeGreaterThan(0);
    expect(new Set(lives.threads()).size).toBe(1);
  });
});
