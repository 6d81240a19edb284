import { describe, expect, test } from 'vitest';
import { DAEMON_TEST } from '../../helpers/board-daemon.js';
import {
  aLinearScene,
  ended,
  linearAgent,
  mostAliveAtOnce,
  startsOf,
} from '../../helpers/linear/linear-daemon.js';

// Goal: the built program works a board of Linear empty, and the key stays with it (SPEC 8.2, 8.3, 11, 15.3).

describe.concurrent('a board of Linear', DAEMON_TEST, () => {
  test('is worked empty by agents that move their issues, in order and never more than three at once', async (context) => {
    const { place, linear, board } = await aLinearScene(context, {
      sections: { agent: { max_concurrent_agents: 3 }, codex: { command: linearAgent({ order: 'done' }) } },
    });
    const identifiers = Array.from({ length: 12 }, (_, index) => `ENG-${index + 1}`);
    for (const identifier of identifiers) board.put({ identifier, description: 'Say hello.' });
    board.put({ identifier: 'ENG-9', priority: 1 });
    board.put({ identifier: 'ENG-7', priority: 2 });
    board.put({ identifier: 'ENG-12', priority: 3 });
    board.put({ identifier: 'ENG-20', state: 'Backlog', priority: 1 });
    board.put({ identifier: 'ENG-21', projectSlugId: board.addProject('Other').slugId, priority: 1 });

    const daemon = place.run('--until-idle');

    expect(await ended(daemon, place)).toEqual({ code: 0, signal: null });
    expect(daemon.stdout).toContain('12 issues finished');
    expect(daemon.stdout).toContain('12 runs, 0 retries, 0 failures');
    expect(startsOf(place).slice(0, 3).sort()).toEqual(['ENG-12', 'ENG-7', 'ENG-9']);
    expect(startsOf(place).sort()).toEqual([...identifiers].sort());
    expect(mostAliveAtOnce(place)).toBe(3);
    expect(identifiers.map((identifier) => board.issue(identifier).state)).toEqual(Array(12).fill('Done'));
    expect([board.issue('ENG-20').state, board.issue('ENG-21').state]).toEqual(['Backlog', 'Todo']);
    expect(identifiers.filter((identifier) => place.has(`workspaces/${identifier}`))).toEqual([]);
    expect(linear.requests.filter(({ status }) => status !== 200)).toEqual([]);
    expect(place.log().filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });
});
