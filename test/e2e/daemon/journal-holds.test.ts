import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, until } from '../../helpers/board-daemon.js';
import { Commander } from './commander.js';
import { Lives } from './lives.js';

// Goal: what people ordered, what the account allows and what was used outlives every daemon, whether it was killed or
// stopped, until somebody or something takes it back.

describe.concurrent('however a daemon ended', DAEMON_TEST, () => {
  test('what a person stopped stays aside until that person says retry, and goes on in its thread then', async (context) => {
    const lives = new Lives(context);
    const { place } = lives;
    const first = await lives.working();
    const commander = new Commander(context, place);
    await commander.says('stop', 'A-1');
    const before = await first.showing('A-1 aside', ({ counts }) => counts.parked === 1);
    await lives.kept('"kind":"parked"');

    const second = await lives.restarted(first, 'SIGKILL');
    await second.showing('a poll', ({ polling }) => polling.last_success_at !== null);
    expect((await second.state()).parked).toEqual(before.parked);
    const third = await lives.restarted(second, 'SIGTERM');
    await third.showing('a poll', ({ polling }) => polling.last_success_at !== null);

    expect((await third.state()).parked).toEqual(before.parked);
    expect(place.attempts()).toEqual([null]);
    await commander.says('retry', 'A-1');
    await third.running('A-1');
    expect(place.attempts()).toEqual([null, 1]);
    expect(new Set(lives.threads()).size).toBe(1);
  });

  test('a pause holds, since when it was ordered, until somebody takes it back', async (context) => {
    const lives = new Lives(context);
    const { place } = lives;
    const first = await place.daemon();
    await lives.operator(first).order('pause');
    const { hold } = await first.showing('the pause', (state) => state.hold !== null);
    await lives.kept('"type":"held"');
    place.issue('A-1');

    const second = await lives.restarted(first, 'SIGKILL');
    await second.showing('A-1 waiting', ({ waiting }) => waiting.count === 1);
    expect((await second.state()).hold).toEqual(hold);
    const third = await lives.restarted(second, 'SIGTERM');
    await third.showing('A-1 waiting', ({ waiting }) => waiting.count === 1);

    expect((await third.state()).hold).toEqual(hold);
    expect(hold).toMatchObject({ kind: 'paused' });
    expect(place.attempts()).toEqual([]);
    await lives.operator(third).order('resume');
    expect((await third.running('A-1')).hold).toBeNull();
    const last = await lives.restarted(third, 'SIGTERM');
    expect((await last.running('A-1')).hold).toBeNull();
  });

  test('a limit of the account holds everything back until its reset', async (context) => {
    const lives = new Lives(context);
    const { place } = lives;
    place.order('A-1', 'limit');
    place.issue('A-1');
    const first = await place.daemon();
    const { account_limit } = await first.showing('the limit', (state) => state.account_limit !== null);
    await lives.kept('"type":"limited"');
    place.issue('A-2');

    const second = await lives.restarted(first, 'SIGKILL');
    await second.showing('A-2 waiting', ({ waiting }) => waiting.count === 1);
    expect((await second.state()).account_limit).toEqual(account_limit);
    const third = await lives.restarted(second, 'SIGTERM');
    await third.showing('A-2 waiting', ({ waiting }) => waiting.count === 1);

    const { parked, ...state } = await third.state();
    expect(state.account_limit).toEqual(account_limit);
    expect(parked).toMatchObject([{ issue_identifier: 'A-1', cause: 'usageLimit' }]);
    expect(place.attempts()).toEqual([null]);
  });

  test('tokens and time are counted on', async (context) => {
    const lives = new Lives(context);
    const { place } = lives;
    const first = await lives.working();
    place.order('A-1', 'done');
    await first.running();
    await until('the workspace gone', () => !place.has('workspaces/A-1'));
    const before = (await first.state()).codex_totals;
    expect(before).toMatchObject({ total_tokens: 12 });

    const second = await lives.restarted(first, 'SIGKILL');
    await second.showing('the totals', ({ codex_totals }) => codex_totals.total_tokens === 12);
    const third = await lives.restarted(second, 'SIGTERM');
    expect(
      (await third.showing('a poll', ({ polling }) => polling.last_success_at !== null)).codex_totals,
    ).toEqual(before);
    place.issue('A-2');
    const { codex_totals } = await third.showing('more', (state) => state.codex_totals.total_tokens > 12);

    expect(codex_totals).toMatchObject({ input_tokens: 20, output_tokens: 4, total_tokens: 24 });
    expect(codex_totals.seconds_running).toBeGreaterThanOrEqual(before.seconds_running);
  });
});
