import { describe, expect, type TestContext, test } from 'vitest';
import { DAEMON_TEST, Place, until } from '../../../helpers/board-daemon.js';
import { needsCodex } from '../../../helpers/codex/codex.js';
import { aCodexScene, moveTo, SCRIPTED_PROMPT } from '../../../helpers/codex/codex-scene.js';
import { CODEX, OLD_CODEX } from '../../../helpers/codex/installation.js';
import { ended } from '../../../helpers/linear/linear-daemon.js';
import { Commander, type Said } from '../../daemon/commander.js';

// Goal: a policy that the installed Codex does not accept is told before any run, with those that it does (issue 4, 1).

const WORDS = {
  [CODEX]: 'untrusted, on-request, never',
  [OLD_CODEX]: 'untrusted, on-failure, on-request, never',
};

function validate(context: TestContext, place: Place): Promise<Said> {
  return new Commander(context, place).run('validate', 'WORKFLOW.md');
}

describe.concurrent.each([CODEX, OLD_CODEX] as const)(
  'a policy that Codex %s does not know',
  DAEMON_TEST,
  (version) => {
    const installed = needsCodex(version);
    const REFUSAL = `codex.approval_policy is "sometimes", which Codex ${version} does not accept; set it to ${WORDS[version]}, or a map granular of `;

    test('keeps the daemon from starting, and the message has the key, the cause and what is accepted', async (context) => {
      installed(context, { sandbox: false });
      const { place, model, put } = await aCodexScene(context, {
        version,
        sections: { codex: { approval_policy: 'sometimes' } },
      });
      put('A-1', '[[say: Never.]]');

      const daemon = place.run('--until-idle');

      expect(await daemon.exited).toEqual({ code: 1, signal: null });
      expect(daemon.stderr).toContain(`symphony: WORKFLOW.md: ${REFUSAL}`);
      expect(daemon.stderr.trimEnd()).toMatch(/\[agent_bad_request\]$/);
      expect(model.requests).toEqual([]);
      expect(place.has('workspaces/A-1')).toBe(false);
    });

    test('is an error of the file for validate, with its line', async (context) => {
      installed(context, { sandbox: false });
      const { place } = await aCodexScene(context, {
        version,
        sections: { codex: { approval_policy: 'sometimes' } },
      });
      const line =
        1 + place.lines('WORKFLOW.md').findIndex((text) => text.includes('approval_policy: sometimes'));

      const { exitCode, stdout } = await validate(context, place);

      expect(stdout).toContain(`WORKFLOW.md:${line}: error: ${REFUSAL}`);
      expect(stdout).toContain('WORKFLOW.md is not valid: 1 error, 0 warnings');
      expect(exitCode).toBe(1);
    });
  },
);

describe.concurrent('a changed policy', DAEMON_TEST, () => {
  const installed = needsCodex();

  test('that the installed Codex refuses leaves the settings as they were; mended, work goes on', async (context) => {
    installed(context);
    const { place, model, put } = await aCodexScene(context);
    put('A-1', `[[hold]] ${moveTo('Done')} [[say: Done.]]`);
    const daemon = await place.daemon();
    await until(
      'the model asked in A-1',
      () => model.isHolding('A-1'),
      () => place.explain(),
    );

    place.workflow({ codex: { approval_policy: 'sometimes' } }, SCRIPTED_PROMPT);
    const { workflow_error: error } = await daemon.showing(
      'the error',
      (state) => state.workflow_error !== null,
    );
    put('A-2', `${moveTo('Done')} [[say: Done.]]`);
    await daemon.showing('A-2 waiting', ({ waiting }) => waiting.issue_identifiers.includes('A-2'));
    model.release('A-1');
    await daemon.showing('A-1 done', ({ counts }) => counts.running === 0);

    expect(error).toMatchObject({
      code: 'agent_bad_request',
      message: expect.stringMatching(
        /^WORKFLOW\.md: codex\.approval_policy is "sometimes".*untrusted, on-request, never/,
      ),
    });
    expect(place.stateOf('A-1')).toBe('Done');
    expect(place.stateOf('A-2')).toBe('Todo');

    place.workflow({ codex: { approval_policy: 'on-failure' } }, SCRIPTED_PROMPT);
    const mended = await daemon.showing('A-2 done', () => place.stateOf('A-2') === 'Done');

    expect(mended.workflow_error).toBeNull();
    const warnings = place.log().filter(({ code }) => code === 'setting_translated');
    expect(warnings).toMatchObject([{ level: 'warn', reason: expect.stringContaining('"on-request"') }]);
  });
});

describe.concurrent('without an installed Codex', DAEMON_TEST, () => {
  const command = 'no-such-codex-here app-server';

  test.for(['never', 'on-failure'])(
    'the daemon starts with the policy %s and warns how to install it',
    async (policy, context) => {
      const place = new Place(context, { codex: { command, approval_policy: policy } });
      const daemon = await place.daemon();

      const warnings = await place.logged('agent warning');

      expect(warnings).toMatchObject([
        {
          level: 'warn',
          code: 'codex_not_found',
          reason: expect.stringMatching(/no-such-codex-here.*npm install/),
        },
      ]);
      expect((await daemon.kill('SIGTERM')).code).toBe(0);
    },
  );

  test('a file is valid whose policy only an installed one could judge', async (context) => {
    const place = new Place(context, { codex: { command, approval_policy: 'sometimes' } });

    const { exitCode, stdout } = await validate(context, place);

    expect(stdout).toMatch(
      /warning: codex\.command: no-such-codex-here was not found .* \[codex_not_found\]$/m,
    );
    expect(stdout).toContain('WORKFLOW.md is valid: 0 errors, 1 warning');
    expect(exitCode).toBe(0);
  });

  test('an idle daemon that has nothing to do ends as always', async (context) => {
    const place = new Place(context, { codex: { command } });

    expect(await ended(place.run('--until-idle'), place)).toEqual({ code: 0, signal: null });
  });
});
