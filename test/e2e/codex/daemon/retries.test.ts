import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, until } from '../../../helpers/board-daemon.js';
import { needsCodex } from '../../../helpers/codex/codex.js';
import { aCodexScene, type CodexScene, moveTo } from '../../../helpers/codex/codex-scene.js';
import { CODEX, OLD_CODEX } from '../../../helpers/codex/installation.js';
import { ended } from '../../../helpers/linear/linear-daemon.js';

// Goal: a run that failed is tried again with what its agent knew, and neither hot nor twice paid (issue 4, 3 and 6).

/** All that the model was told by the user in its last request for an issue. */
function toldLast({ model }: CodexScene, key: string): string {
  const { input } = model.requests.filter((request) => request.key === key).at(-1) ?? { input: [] };
  return JSON.stringify(input.filter((item) => isFromUser(item)));
}

function isFromUser(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'role' in item && item.role === 'user';
}

/** The threads that asked for an issue, each once and in order. */
function threadsOf({ model }: CodexScene, key: string): string[] {
  return [...new Set(model.requests.flatMap((request) => (request.key === key ? [request.thread] : [])))];
}

describe.concurrent.each([CODEX, OLD_CODEX])('a retry with Codex %s', DAEMON_TEST, (version) => {
  const installed = needsCodex(version);

  test('goes on with the thread of the failed run in a new process, and does not tell the task again', async (context) => {
    installed(context);
    const scene = await aCodexScene(context, { version });
    const { place, model, put } = scene;
    put('A-1', '[[exec: echo half > made]] [[fail: server_is_overloaded]] [[hold]] [[say: Whole.]]');
    const daemon = await place.daemon();

    await until(
      'the retry',
      () => model.isHolding('A-1'),
      () => place.explain(),
    );
    const state = await daemon.showing('the totals', ({ codex_totals }) => codex_totals.total_tokens > 0);

    expect(threadsOf(scene, 'A-1')).toHaveLength(1);
    expect(toldLast(scene, 'A-1').split('Work on A-1.')).toHaveLength(2);
    expect(toldLast(scene, 'A-1')).toContain('do not start over');
    expect(state.running).toMatchObject([{ attempt: 1 }]);
    // The failed answer had no usage; what the thread had used before is not counted again.
    expect(state.codex_totals.total_tokens).toBe(120);
    expect(place.lines('workspaces/A-1/made')).toEqual(['half']);
  });

  test('begins a new thread where the file says so', async (context) => {
    installed(context);
    const scene = await aCodexScene(context, { version, sections: { codex: { resume: false } } });
    const { place, model, put } = scene;
    put('A-1', '[[exec: true]] [[fail: server_is_overloaded]] [[hold]] [[say: Whole.]]');
    await place.daemon();

    await until(
      'the retry',
      () => model.isHolding('A-1'),
      () => place.explain(),
    );

    expect(threadsOf(scene, 'A-1')).toHaveLength(2);
  });

  test('begins a new thread when the old one is full', async (context) => {
    installed(context);
    const scene = await aCodexScene(context, { version });
    const { place, model, put } = scene;
    put('A-1', '[[exec: true]] [[fail: context_length_exceeded]] [[hold]] [[say: Whole.]]');
    const daemon = await place.daemon();

    await until(
      'the retry',
      () => model.isHolding('A-1'),
      () => place.explain(),
    );

    expect(threadsOf(scene, 'A-1')).toHaveLength(2);
    expect(toldLast(scene, 'A-1')).toContain('Work on A-1.');
    expect((await daemon.state()).running).toMatchObject([{ attempt: 1 }]);
  });
});

describe.concurrent('with the real Codex', DAEMON_TEST, () => {
  const installed = needsCodex();

  test('a thread whose file is gone is begun anew, with the whole task', async (context) => {
    installed(context);
    const scene = await aCodexScene(context, {
      sections: { hooks: { after_run: 'rm -rf "$HOME/.codex/sessions"' } },
    });
    const { place, model, put } = scene;
    put('A-1', '[[exec: true]] [[fail: server_is_overloaded]] [[hold]] [[say: Whole.]]');
    await place.daemon();

    await until(
      'the retry',
      () => model.isHolding('A-1'),
      () => place.explain(),
    );

    expect(threadsOf(scene, 'A-1')).toHaveLength(2);
    expect(toldLast(scene, 'A-1')).toContain('Work on A-1.');
  });

  test('each kind of failure waits before it is tried again, and is told by its name', async (context) => {
    installed(context);
    const { place, model, put } = await aCodexScene(context, {
      sections: { agent: { max_retry_backoff_ms: 300_000 } },
    });
    put('A-1', '[[fail: server_is_overloaded]]');
    put('A-2', '[[status: 400]]');
    put('A-3', '[[status: 429]]');
    put('A-4', '[[fail: context_length_exceeded]]');
    await place.daemon();

    // As the log tells it: when the last of them fails, the first may be tried again already.
    const scheduled = await place.logged('retry scheduled', 4);

    const asked = model.requests.length;
    const runs = await place.logged('run started', 4);
    const first = ['A-1', 'A-2', 'A-3', 'A-4'].map((identifier) =>
      scheduled.find((line) => line['issue_identifier'] === identifier),
    );
    expect(first.map((line) => String(line?.['error']).split(':')[0])).toEqual([
      'agent_overloaded',
      'agent_bad_request',
      'agent_rate_limited',
      'context_window_exceeded',
    ]);
    // What was refused is refused again, so it waits as long as anything may.
    expect(first.map((line) => line?.['delay_ms'])).toEqual([10_000, 300_000, 10_000, 10_000]);
    expect(first).toMatchObject(Array(4).fill({ attempt: 1 }));
    // No run asks its model more than once.
    expect(asked).toBeLessThanOrEqual(runs.length);
  });

  test('an account that is used up parks its issue until the reset, and nothing starts while what runs goes on', async (context) => {
    installed(context);
    const { place, model, put } = await aCodexScene(context, {
      sections: { agent: { max_concurrent_agents: 2 } },
      resetsInS: 7_200,
    });
    put('A-1', '[[exec: true]] [[fail: insufficient_quota]]', { priority: 1 });
    put('A-2', `[[hold]] ${moveTo('Done')} [[say: Done.]]`, { priority: 1 });
    put('A-3', '[[say: Never.]]');
    const daemon = await place.daemon();

    const { parked, account_limit, started_at } = await daemon.showing(
      'the limit',
      (state) => state.parked.length === 1 && model.isHolding('A-2'),
    );
    model.release('A-2');
    await until(
      'A-2 done',
      () => place.stateOf('A-2') === 'Done' && !place.has('workspaces/A-2'),
      () => place.explain(),
    );
    put('A-4', '[[say: Never.]]');
    const later = await daemon.showing('A-4', ({ waiting }) => waiting.issue_identifiers.includes('A-4'));

    expect(parked).toMatchObject([{ issue_identifier: 'A-1', until: account_limit?.until }]);
    const inHours = (Date.parse(account_limit?.until ?? '') - Date.parse(started_at)) / 3_600_000;
    expect(inHours).toBeGreaterThan(1.9);
    expect(inHours).toBeLessThan(2.1);
    expect(later.counts).toMatchObject({ running: 0, retrying: 0, parked: 1 });
    expect(later.waiting.issue_identifiers).toContain('A-3');
    expect(model.requests.filter(({ key }) => key === 'A-3' || key === 'A-4')).toEqual([]);
  });

  test('an account whose limit is over goes on by itself, with the same thread', async (context) => {
    installed(context);
    const scene = await aCodexScene(context, { resetsInS: 3 });
    const { place, put } = scene;
    put('A-1', `[[exec: true]] [[fail: insufficient_quota]] ${moveTo('Done')} [[say: Done.]]`);

    const daemon = place.run('--until-idle');

    expect(await ended(daemon, place)).toEqual({ code: 0, signal: null });
    expect(place.stateOf('A-1')).toBe('Done');
    expect(threadsOf(scene, 'A-1')).toHaveLength(1);
  });
});
