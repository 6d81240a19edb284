import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, type DaemonProcess, type Place, until } from '../../../helpers/board-daemon.js';
import { needsCodex } from '../../../helpers/codex/codex.js';
import { aCodexScene, moveTo, SCRIPTED_PROMPT } from '../../../helpers/codex/codex-scene.js';
import { CODEX, OLD_CODEX } from '../../../helpers/codex/installation.js';
import { ask } from '../../../helpers/daemon-calls.js';

// Goal: what the real Codex asks waits for a person, and the person's decision reaches exactly what was asked
// (issue 4, 4; SPEC 10.5).

const ASKS = { approval_policy: 'untrusted' };

/** Not waited for in one breath: meanwhile the model has to answer, and idle connections are closed. */
async function operatorToken({ path }: Place): Promise<string> {
  const args = [resolve('dist/cli.js'), 'token', 'WORKFLOW.md'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: path });
  return stdout.trim();
}

/** Answers the question of an issue as a person with the token does; what the daemon says to that. */
async function answer(
  daemon: DaemonProcess,
  place: Place,
  identifier: string,
  body: { readonly decision: string } | { readonly text: string },
): Promise<number> {
  const token = await operatorToken(place);
  return (await ask(daemon, `POST /api/v1/${identifier}/answer`, { token, body })).status;
}

async function blocked(daemon: DaemonProcess, text: string) {
  const state = await daemon.showing(`a question with ${text}`, (shown) =>
    shown.blocked.some(({ question }) => question.text.includes(text)),
  );
  return state.blocked;
}

describe.concurrent.each([CODEX, OLD_CODEX])('a command that Codex %s asks for', DAEMON_TEST, (version) => {
  const installed = needsCodex(version);

  test('runs once a person has approved it, on the same thread, and any other is asked for anew', async (context) => {
    installed(context);
    const { place, model, put } = await aCodexScene(context, { version, sections: { codex: ASKS } });
    put(
      'A-1',
      `[[exec: touch one]] [[exec: touch one]] [[exec: touch two]] ${moveTo('Done')} [[say: Done.]]`,
    );
    const daemon = await place.daemon();

    const [first] = await blocked(daemon, 'touch one');
    expect(first).toMatchObject({ question: { kind: 'commandApproval' }, state: 'Todo' });
    expect((await daemon.state()).counts).toMatchObject({ running: 0, blocked: 1 });
    expect(place.has('workspaces/A-1/one')).toBe(false);

    expect(await answer(daemon, place, 'A-1', { decision: 'approve' })).toBe(202);
    await blocked(daemon, 'touch two');

    expect(place.has('workspaces/A-1/one')).toBe(true);
    expect(place.has('workspaces/A-1/two')).toBe(false);
    expect(new Set(model.requests.map(({ thread }) => thread)).size).toBe(1);
    expect(JSON.stringify(model.told[1])).toContain('approved');

    expect(await answer(daemon, place, 'A-1', { decision: 'decline' })).toBe(202);
    await until(
      'the issue done',
      () => place.stateOf('A-1') === 'Done',
      () => place.explain(),
    );
    expect(JSON.stringify(model.inputs.at(-1))).toContain('A person declined');
  });
});

describe.concurrent('an answer', DAEMON_TEST, () => {
  const installed = needsCodex();

  test('in words reaches the agent that asked for them', async (context) => {
    installed(context);
    const { place, model, put } = await aCodexScene(context, {
      config: ['features.default_mode_request_user_input=true'],
    });
    const question = {
      id: 'colour',
      header: 'Colour',
      question: 'Which colour?',
      options: [
        { label: 'Red', description: 'Like fire.' },
        { label: 'Blue', description: 'Like water.' },
      ],
    };
    put(
      'A-1',
      `[[call: request_user_input ${JSON.stringify({ questions: [question] })}]] ${moveTo('Done')} [[say: Done.]]`,
    );
    const daemon = await place.daemon();

    const [asked] = await blocked(daemon, 'Which colour?');
    expect(asked).toMatchObject({ question: { kind: 'userInput', choices: ['Red', 'Blue'] } });
    expect(await answer(daemon, place, 'A-1', { text: 'Blue' })).toBe(202);
    await until(
      'the issue done',
      () => place.stateOf('A-1') === 'Done',
      () => place.explain(),
    );

    expect(JSON.stringify(model.told[1])).toMatch(/Which colour\?.*Blue/);
  });

  test('is not taken from an agent that has read the token', async (context) => {
    installed(context);
    const { place, put } = await aCodexScene(context, { sections: { codex: ASKS } });
    put('A-1', '[[exec: touch one]]');
    const daemon = await place.daemon();
    await blocked(daemon, 'touch one');
    const url = `${daemon.url}/api/v1/A-1/answer`;
    const token = await operatorToken(place);
    place.write(
      'answer.mjs',
      `const headers = { 'content-type': 'application/json', authorization: 'Bearer ${token}' };
       const response = await fetch('${url}', { method: 'POST', headers, body: '{"decision":"approve"}' });
       console.log(response.status);`,
    );
    const anything = { approval_policy: 'never', thread_sandbox: 'danger-full-access' };
    place.workflow({ codex: anything }, SCRIPTED_PROMPT);
    await place.logged('workflow reloaded');
    put('A-2', `[[exec: ${process.execPath} ../../answer.mjs > status]] [[hold]]`);

    const isAnswered = (): boolean => place.lines('workspaces/A-2/status').length > 0;
    await until('what the agent is told', isAnswered, () => place.explain());

    expect(place.lines('workspaces/A-2/status')).toEqual(['403']);
    expect((await daemon.state()).blocked).toMatchObject([{ issue_identifier: 'A-1' }]);
  });
});
