import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { IssueResponse } from '../../../../src/api/schema.js';
import { DAEMON_TEST, until } from '../../../helpers/board-daemon.js';
import { needsCodex } from '../../../helpers/codex/codex.js';
import {
  aCodexScene,
  aTeamRepository,
  CLONING_HOOKS,
  commitOf,
  commitsOf,
  moveTo,
} from '../../../helpers/codex/codex-scene.js';
import { CODEX, OLD_CODEX } from '../../../helpers/codex/installation.js';
import { ended } from '../../../helpers/linear/linear-daemon.js';

// Goal: whole issues, from the board to a commit and off the board, by the built daemon and the real Codex.

describe.concurrent.each([CODEX, OLD_CODEX])('a board worked by Codex %s', DAEMON_TEST, (version) => {
  const installed = needsCodex(version);

  test('is worked empty: each issue has its commit, is moved by its agent and leaves no workspace', async (context) => {
    installed(context);
    const { place, model, put } = await aCodexScene(context, {
      version,
      sections: { hooks: CLONING_HOOKS, agent: { max_concurrent_agents: 2 } },
    });
    aTeamRepository(place);
    const identifiers = ['A-1', 'A-2', 'A-3'];
    for (const identifier of identifiers) {
      put(identifier, `[[exec: ${commitOf(`${identifier}.txt`)}]] ${moveTo('Done')} [[say: Done.]]`);
    }

    const daemon = place.run('--until-idle');

    expect(await ended(daemon, place)).toEqual({ code: 0, signal: null });
    expect(daemon.stdout).toContain('3 issues finished');
    expect(daemon.stdout).toContain('3 runs, 0 retries, 0 failures');
    for (const identifier of identifiers) {
      expect(commitsOf(place, identifier)).toEqual([`Add ${identifier}.txt`, 'Begin']);
      expect(place.stateOf(identifier)).toBe('Done');
      expect(place.has(`workspaces/${identifier}`)).toBe(false);
      expect(model.requests.filter(({ key }) => key === identifier).length).toBeLessThanOrEqual(3);
    }
    expect(place.log().filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });

  test('goes on turn by turn on one thread, and its tokens are counted once', async (context) => {
    installed(context);
    const { place, model, put } = await aCodexScene(context, { version });
    put('A-1', '[[exec: true]] [[say: First.]] [[say: Second.]] [[hold]] [[say: Third.]]');
    const daemon = await place.daemon();

    const state = await daemon.showing(
      'the third turn',
      ({ running, codex_totals }) => running[0]?.turn_count === 3 && codex_totals.total_tokens >= 360,
    );

    expect(state.codex_totals).toMatchObject({ input_tokens: 300, output_tokens: 60 });
    expect(state.running).toMatchObject([
      { turn_count: 3, attempt: null, tokens: { input_tokens: 300, output_tokens: 60, total_tokens: 360 } },
    ]);
    expect(new Set(model.requests.map(({ thread }) => thread)).size).toBe(1);
    const detail = await fetch(`${daemon.url}/api/v1/A-1`);
    const { logs } = (await detail.json()) as IssueResponse;
    expect(logs.codex_session_logs).toHaveLength(1);
    // What was said last is written a moment later.
    const transcript = await until('the transcript', () => {
      const text = readFileSync(logs.codex_session_logs[0]?.path ?? '', 'utf8');
      return text.includes('Second.') && text;
    });
    expect(transcript).toContain('Work on A-1.');
  });
});
