import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agentCommand, DAEMON_TEST, type Place, until } from '../../helpers/board-daemon.js';
import { tokenOf } from '../../helpers/daemon-calls.js';
import { aLinearScene } from '../../helpers/linear/linear-daemon.js';
import { JOURNAL, Lives } from './lives.js';

// Goal: whatever happened to the journal of a daemon between two of them, the next one goes on with what is left of it, or
// says what keeps it from that; and the file tells nobody else anything, nor grows.

const UNREADABLE = '.symphony/WORKFLOW.md/journal.unreadable.jsonl';
const PAUSE_LATER = '{"v":1,"entries":[{"type":"held","hold":{"kind":"paused","sinceWallMs":1}}]}\n';

function modeOf(place: Place, name: string): number {
  return statSync(join(place.path, name)).mode & 0o777;
}

function content(place: Place, name: string): string {
  return readFileSync(join(place.path, name), 'utf8');
}

/** A place whose daemon was killed with A-1 set aside; the line for that is the last but few in its journal. */
async function aStoppedIssue(lives: Lives): Promise<void> {
  const daemon = await lives.working();
  await lives.operator(daemon).order('stop', 'A-1');
  await daemon.showing('A-1 aside', ({ counts }) => counts.parked === 1);
  await lives.kept('"kind":"parked"');
  await daemon.kill('SIGKILL');
}

describe.concurrent('a journal', DAEMON_TEST, () => {
  test('that was removed with its directory is nobody’s loss: the next daemon begins like the first', async (context) => {
    const lives = new Lives(context);
    await aStoppedIssue(lives);
    rmSync(join(lives.place.path, '.symphony'), { recursive: true });

    const next = await lives.place.daemon();

    const { running, codex_totals, problems } = await next.running('A-1');
    expect(running).toMatchObject([{ attempt: null }]);
    expect(new Set(lives.threads()).size).toBe(2);
    expect(codex_totals.total_tokens).toBeLessThanOrEqual(12);
    expect(problems).toEqual([]);
    expect(modeOf(lives.place, JOURNAL)).toBe(0o600);
  });

  test('with a line in the middle that cannot be read counts up to there, is kept beside, and that is told', async (context) => {
    const lives = new Lives(context);
    const { place } = lives;
    await aStoppedIssue(lives);
    place.append(JOURNAL, `{"v":1,"entries":[{"type":\n${PAUSE_LATER}`);
    const before = content(place, JOURNAL);
    const line = place.lines(JOURNAL).length - 1;

    const next = await place.daemon();
    const { problems, parked, hold } = await next.showing(
      'the problem',
      (state) => state.problems.length > 0,
    );

    expect(problems).toMatchObject([
      { code: 'store_failed', message: expect.stringContaining(`cannot be read from line ${line} on`) },
    ]);
    expect(problems[0]?.message).toContain(join(place.path, UNREADABLE));
    expect(parked).toMatchObject([{ issue_identifier: 'A-1', cause: 'operator' }]);
    expect(hold).toBeNull();
    expect(content(place, UNREADABLE)).toBe(before);
    expect(modeOf(place, UNREADABLE)).toBe(0o600);
    const last = await lives.restarted(next, 'SIGKILL');
    await last.showing('a poll', ({ polling }) => polling.last_success_at !== null);
    expect(await last.state()).toMatchObject({ problems: [], counts: { parked: 1, running: 0 } });
  });

  test('whose last line a crash cut short counts without it, and nobody need be told', async (context) => {
    const lives = new Lives(context);
    await aStoppedIssue(lives);
    lives.place.append(JOURNAL, PAUSE_LATER.slice(0, -20));

    const next = await lives.place.daemon();
    await next.showing('a poll', ({ polling }) => polling.last_success_at !== null);

    expect(await next.state()).toMatchObject({ problems: [], hold: null, counts: { parked: 1, running: 0 } });
    expect(lives.place.has(UNREADABLE)).toBe(false);
  });

  test('of a later version is left as it is: the daemon does not start, and says what to do', async (context) => {
    const lives = new Lives(context);
    const { place } = lives;
    await aStoppedIssue(lives);
    place.append(JOURNAL, '{"v":2,"entries":[]}\n');
    const before = content(place, JOURNAL);

    const refused = place.run('--port', '0');

    expect(await refused.exited).toEqual({ code: 1, signal: null });
    expect(refused.stderr).toContain('[store_failed]');
    expect(refused.stderr).toContain(join(place.path, JOURNAL));
    expect(refused.stderr).toMatch(/later version.*Run that version, or move the file away/su);
    expect(content(place, JOURNAL)).toBe(before);
    expect(place.attempts()).toEqual([null]);
    place.remove(JOURNAL);
    const next = await place.daemon();
    expect((await next.running('A-1')).running).toMatchObject([{ attempt: null }]);
  });

  test('of another tracker means nothing here, which is told, also when that tracker comes back', async (context) => {
    const { place, board } = await aLinearScene(context);
    board.put({ identifier: 'ENG-1', title: 'Work' });
    const linear = content(place, 'WORKFLOW.md');
    const first = await place.daemon();
    await first.running('ENG-1');
    await until('its run kept', () => place.lines(JOURNAL).some((line) => line.includes('"turn-1"')));
    await first.kill('SIGKILL');

    const provider = { path: 'board' };
    place.workflow({
      tracker: { kind: 'local', provider, active_states: ['Todo'], terminal_states: ['Done'] },
    });
    const local = await place.daemon();
    const { counts, problems } = await local.showing(
      'a poll',
      ({ polling }) => polling.last_success_at !== null,
    );
    expect(counts).toEqual({ running: 0, retrying: 0, blocked: 0, parked: 0 });
    expect(problems).toMatchObject([
      {
        code: 'board_changed',
        message: expect.stringMatching(
          /^what was left to do on the board "linear" is forgotten: the board is "local \/.*\/board" now$/u,
        ),
      },
    ]);
    await local.kill('SIGKILL');

    place.write('WORKFLOW.md', linear);
    const last = await place.daemon();

    const { running, ...state } = await last.running('ENG-1');
    expect(running).toMatchObject([{ attempt: null }]);
    expect(state.problems).toEqual([]);
  });

  test('is for its owner alone, and tells no secret, whoever says it aloud', async (context) => {
    const lives = new Lives(context);
    const { place } = lives;
    const first = await place.daemon();
    const token = tokenOf(place);
    place.order('A-1', 'ask');
    place.issue('A-1', { title: `Rotate ${token}`, labels: [token] });
    await first.showing('the question', ({ counts }) => counts.blocked === 1);
    await lives.operator(first).order('answer', 'A-1', { text: `Use ${token}.` });
    await lives.kept('Use [redacted].');
    await first.running('A-1');

    await first.kill('SIGKILL');

    expect(content(place, JOURNAL)).not.toContain(token);
    expect(modeOf(place, JOURNAL)).toBe(0o600);
    const next = await place.daemon();
    await next.running('A-1');
    expect(content(place, JOURNAL)).not.toContain(token);
  });

  test('of a daemon that did much is made as small as what is under way', async (context) => {
    const lives = new Lives(context, {
      agent: { max_concurrent_agents: 4 },
      codex: { command: agentCommand('done') },
    });
    const { place } = lives;
    for (let number = 1; number <= 25; number += 1) place.issue(`A-${number}`);
    const first = await place.daemon();
    await place.told(/^done /, 25);
    await first.showing('nothing left', ({ counts, waiting }) => counts.running + waiting.count === 0);
    await lives.kept('"type":"released"', 25);
    expect(content(place, JOURNAL).length).toBeGreaterThan(25_000);

    const next = await lives.restarted(first, 'SIGKILL');
    const state = await next.showing('a poll', ({ polling }) => polling.last_success_at !== null);

    expect(content(place, JOURNAL).length).toBeLessThan(1_000);
    expect(state.counts).toEqual({ running: 0, retrying: 0, blocked: 0, parked: 0 });
    expect(state.codex_totals.total_tokens).toBe(25 * 12);
  });
});
