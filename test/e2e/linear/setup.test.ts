import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.js';
import { DAEMON_TEST, until } from '../../helpers/board-daemon.js';
import {
  aLinearScene,
  ended,
  type LinearScene,
  linearAgent,
  startsOf,
} from '../../helpers/linear/linear-daemon.js';

// Goal: what the workflow file says of Linear is taken in both its forms, and what is wrong with it is said clearly: at
// start where nobody needs Linear to see it, in the state where only Linear knows (SPEC 5.3.1, 6.3, 11.4).

/** The two forms of the file; `change` puts something else in its place. */
const FORMS = {
  'tracker.provider': (keys: JsonObject): JsonObject => ({ provider: keys }),
  'the older flat keys': (keys: JsonObject): JsonObject => ({ provider: {}, ...keys }),
};

/** What a workflow file has to say of Linear. */
function keysOf({ linear, board }: LinearScene): JsonObject {
  return { endpoint: linear.url, api_key: '$LINEAR_API_KEY', project_slug: board.projectSlug };
}

/** A scene whose workflow names Linear in one of the forms. */
async function written(
  context: Parameters<typeof aLinearScene>[0],
  form: keyof typeof FORMS,
  change: JsonObject = {},
): Promise<LinearScene> {
  const scene = await aLinearScene(context, {
    sections: { codex: { command: linearAgent({ order: 'done' }) } },
  });
  const { place, board } = scene;
  place.workflow({ tracker: FORMS[form]({ ...keysOf(scene), ...change }) });
  board.put({ identifier: 'ENG-1', title: 'Say hello' });
  return scene;
}

describe.concurrent('a workflow file for Linear', DAEMON_TEST, () => {
  for (const form of ['tracker.provider', 'the older flat keys'] as const) {
    test(`with ${form} is worked on, valid, and shows its prompts`, async (context) => {
      const { place, board } = await written(context, form);

      const validate = place.run('validate');
      const preview = place.run('preview', '--issue', 'ENG-1');
      const [valid, previewed] = [await ended(validate, place), await ended(preview, place)];
      const daemon = place.run('--until-idle');

      expect(valid.code).toBe(0);
      expect(validate.stdout).toContain('WORKFLOW.md is valid: 0 errors, 0 warnings');
      expect(previewed.code).toBe(0);
      expect(preview.stdout).toBe('Work on ENG-1.\n');
      expect(await ended(daemon, place)).toEqual({ code: 0, signal: null });
      expect(daemon.stdout).toContain('1 issue finished');
      expect(board.issue('ENG-1').state).toBe('Done');
    });
  }

  test.for(['missing', 'empty'])(
    'without a key (%s) ends at start, naming LINEAR_API_KEY',
    async (how, context) => {
      const { place, linear } = await aLinearScene(context, {
        env: () => (how === 'empty' ? { LINEAR_API_KEY: '' } : {}),
      });

      const daemon = place.run('--port', '0');

      expect((await ended(daemon, place)).code).toBe(1);
      expect(daemon.stderr).toMatch(/^symphony: .*LINEAR_API_KEY.*\[missing_tracker_secret\]$/m);
      expect(daemon.stdout).toBe('');
      expect(linear.requests).toEqual([]);
    },
  );
});

describe.concurrent('a running daemon', DAEMON_TEST, () => {
  test('says that nobody shows it the project, and works once the file names another', async (context) => {
    const scene = await written(context, 'tracker.provider', { project_slug: 'nothing-0123456789ab' });
    const { place, board } = scene;
    const daemon = await place.daemon();

    const { polling, problems } = await daemon.showing(
      'a failed poll',
      (state) => state.polling.error !== null,
    );
    expect(polling.error).toMatchObject({
      code: 'invalid_tracker_config',
      message: expect.stringContaining('"nothing-0123456789ab"'),
    });
    expect(problems).toContainEqual(polling.error);
    const address = `https://linear.app/acme/project/${board.projectSlug}/issues`;
    place.workflow({ tracker: FORMS['tracker.provider']({ ...keysOf(scene), project_slug: address }) });

    await place.told('moved ENG-1 Done');
    await daemon.showing('a poll', (state) => state.polling.error === null);
  });

  test('says that Linear refuses its key, and leaves agents at work alone meanwhile', async (context) => {
    const scene = await aLinearScene(context, {
      env: (apiKey) => ({ LINEAR_API_KEY: apiKey, REVOKED: 'lin_api_revoked' }),
    });
    const { place, board } = scene;
    board.put({ identifier: 'ENG-1' });
    const daemon = await place.daemon();
    const before = await daemon.running('ENG-1');

    place.workflow({ tracker: { provider: { ...keysOf(scene), api_key: '$REVOKED' } } });
    const refused = await daemon.showing('a refusal', ({ polling }) => polling.error !== null);
    expect(refused.polling.error).toMatchObject({
      code: 'tracker_status',
      message: expect.stringMatching(/refused the key.*LINEAR_API_KEY/),
    });
    place.workflow({ tracker: { provider: keysOf(scene) } });
    const after = await daemon.showing('a poll', ({ polling }) => polling.error === null);

    expect(after.running).toMatchObject([{ process_id: before.running[0]?.process_id, stopping: null }]);
    expect(startsOf(place)).toEqual(['ENG-1']);
  });

  test('finds states in whatever case they are written, and shows which ones nobody has', async (context) => {
    const { place, board } = await aLinearScene(context, {
      sections: {
        tracker: {
          active_states: ['todo', 'IN PROGRESS', 'Ready for Work'],
          terminal_states: ['done', 'canceled'],
        },
        agent: { max_concurrent_agents: 3, max_concurrent_agents_by_state: { 'In progress': 1 } },
      },
    });
    board.put({ identifier: 'ENG-1' });
    board.put({ identifier: 'ENG-2', state: 'In Progress' });
    board.put({ identifier: 'ENG-3', state: 'In Progress' });
    const daemon = await place.daemon();

    const { problems } = await daemon.running('ENG-1', 'ENG-2');
    place.write('orders/ENG-2', 'done\n');
    await daemon.running('ENG-1', 'ENG-3');

    expect(problems).toMatchObject([
      {
        code: 'unknown_state',
        message: expect.stringMatching(/active_states.*has "Ready for Work"; it has .*"Todo"/),
      },
    ]);
    await until(
      'the workspace of ENG-2 gone',
      () => !place.has('workspaces/ENG-2'),
      () => place.explain(),
    );
  });

  test('shows that no state of the file exists instead of an empty board', async (context) => {
    const { place, board } = await aLinearScene(context, {
      sections: { tracker: { active_states: ['Ready'], terminal_states: ['Closed'] } },
    });
    board.put({ identifier: 'ENG-1' });
    const daemon = await place.daemon();

    const { problems } = await daemon.showing('both problems', (state) => state.problems.length === 2);

    expect(problems).toMatchObject([
      { code: 'unknown_state', message: expect.stringContaining('"Ready"') },
      { code: 'unknown_state', message: expect.stringContaining('"Closed"') },
    ]);
  });
});
