import { describe, expect, test } from 'vitest';
import { AnswerResponse, ErrorResponse } from '../../../src/api/schema.js';
import type { JsonObject } from '../../../src/domain/json.js';
import { agentCommand, DAEMON_TEST, type DaemonProcess, Place } from '../../helpers/board-daemon.js';
import { ask } from '../../helpers/daemon-calls.js';
import { needs } from '../../helpers/needs.js';

// Goal: a person can answer what an agent asks and the work goes on; nobody else can, and no agent answers itself.

const ASKS = { approval_policy: 'on-request', command: agentCommand() };
const APPROVE = { decision: 'approve' };
const TOKEN_FILE = '.symphony/WORKFLOW.md/operator-token';

type Context = ConstructorParameters<typeof Place>[0];

/** A daemon in which A-1 asked something, and A-2 works since; as many slots as wanted. */
async function aBlockedIssue(context: Context, slots = 1) {
  const place = new Place(context, { agent: { max_concurrent_agents: slots }, codex: ASKS });
  place.issue('A-1', { priority: 1 });
  place.issue('A-2');
  place.order('A-1', 'ask');
  const daemon = await place.daemon();
  await daemon.showing('the question', ({ counts }) => counts.blocked === 1);
  await daemon.running('A-2');
  return { place, daemon, answer: answering(place, daemon) };
}

/** Sends answers with the operator's token, or with another one. */
function answering(place: Place, daemon: DaemonProcess) {
  return async (identifier: string, body: JsonObject, token = place.lines(TOKEN_FILE)[0]) => {
    const asking = { body, ...(token && { token }) };
    const { status, body: content } = await ask(daemon, `POST /api/v1/${identifier}/answer`, asking);
    const code = status < 300 ? null : ErrorResponse.parse(content).error.code;
    return { status, code, content };
  };
}

/** What agents were told that mentions an answer. */
function toldAnswers(place: Place): string[] {
  return place.lines('prompts').filter((line) => line.includes('You asked: '));
}

describe.concurrent('a blocked issue that a person answers', DAEMON_TEST, () => {
  test('waits for a slot, holds it like every run, and is told the decision', async (context) => {
    const { place, daemon, answer } = await aBlockedIssue(context);

    const { status, content } = await answer('A-1', APPROVE);

    expect(status).toBe(202);
    expect(AnswerResponse.parse(content)).toEqual({
      queued: true,
      issue_identifier: 'A-1',
      message: 'A-1 is answered and goes on as soon as there is a slot.',
    });
    const waiting = await daemon.showing('it waits', ({ counts }) => counts.retrying === 1);
    expect(waiting.counts).toEqual({ running: 1, retrying: 1, blocked: 0, parked: 0 });
    expect(waiting.running).toMatchObject([{ issue_identifier: 'A-2' }]);
    expect(await answer('A-1', APPROVE)).toMatchObject({ status: 409, code: 'not_blocked' });
    expect(toldAnswers(place)).toEqual([]);

    place.order('A-2', 'done');
    await daemon.running('A-1');

    expect(toldAnswers(place)).toEqual([expect.stringMatching(/npm publish.*approved exactly this/u)]);
    place.order('A-1', 'done');
    await daemon.running();
    expect(place.stateOf('A-1')).toBe('Done');
  });

  for (const [body, told] of [
    [{ decision: 'decline' }, 'A person declined.'],
    [{ text: 'Publish "beta" only.' }, 'A person answers: Publish'],
  ] as const) {
    test(`with ${JSON.stringify(body)} goes on at once where there is a slot`, async (context) => {
      const { place, daemon, answer } = await aBlockedIssue(context, 2);

      expect((await answer('A-1', body)).status).toBe(202);
      const { counts } = await daemon.running('A-1', 'A-2');

      expect(counts.blocked).toBe(0);
      expect(toldAnswers(place)).toEqual([expect.stringContaining(told)]);
    });
  }

  test('twice at once is answered once', async (context) => {
    const { answer } = await aBlockedIssue(context);

    const answers = await Promise.all([answer('A-1', APPROVE), answer('A-1', { decision: 'decline' })]);

    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
  });

  test('stays blocked when the answer is not the operator’s, or not to it', async (context) => {
    const { place, daemon, answer } = await aBlockedIssue(context);

    expect(await answer('A-1', APPROVE, '')).toMatchObject({ status: 401, code: 'operator_required' });
    expect(await answer('A-1', APPROVE, 'x'.repeat(43))).toMatchObject({
      status: 401,
      code: 'operator_required',
    });
    expect(await answer('A-2', APPROVE)).toMatchObject({ status: 409, code: 'not_blocked' });
    expect(await answer('A-3', APPROVE)).toMatchObject({ status: 404, code: 'issue_not_found' });
    expect(await answer('A-1', { decision: 'perhaps' })).toMatchObject({
      status: 400,
      code: 'request_failed',
    });

    place.order('A-2', 'done');
    const { blocked } = await daemon.running();
    expect(blocked).toMatchObject([{ issue_identifier: 'A-1' }]);
  });
});

/**
 * Sends an approval of A-1 with the token it has read, again where a busy machine has the daemon ask for that, and tells the
 * journal under a name what came of it.
 */
const ANSWERS_ITSELF = `
token=$(cat "$1/${TOKEN_FILE}") port=$(cat "$1/port")
answer=
until [ -n "$answer" ] && [[ $answer != *'send it again'* ]]; do
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf 'POST /api/v1/A-1/answer HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{"decision":"approve"}' "$token" >&3
  answer=$(cat <&3)
done
read -r _ status _ <<< "$answer"
[[ $answer != *', which an agent or a hook has started.'* ]] || status+=' as an agent'
echo "$2 was told $status" >> "$1/journal"
`;

describe.concurrent('an agent that has read the token', DAEMON_TEST, () => {
  test('answers nothing, nor does its hook, or what has left both, while a person does', async (context) => {
    needs(context, 'setsid', 'env');
    const place = new Place(context);
    const asA2 = (name: string): string => `bash ../../answers-itself.sh ../.. ${name}`;
    const alone = `(env -i PATH="$PATH" setsid bash -c 'cd / && bash "$0/answers-itself.sh" "$0" orphan' "$(cd ../.. && pwd)" </dev/null >/dev/null 2>&1 &)`;
    const [onlyA2, untilTold] = [
      '[ "$SYMPHONY_ISSUE_IDENTIFIER" = A-2 ] || exit 0',
      'until grep -q ^orphan ../../journal; do sleep 0.05; done',
    ];
    place.workflow({
      agent: { max_concurrent_agents: 1 },
      codex: {
        approval_policy: 'on-request',
        command: agentCommand(undefined, `[ "$SYMPHONY_ISSUE_IDENTIFIER" != A-2 ] || ${asA2('agent')}; `),
      },
      hooks: {
        before_run: [
          onlyA2,
          'until [ -e ../../port ]; do sleep 0.05; done',
          asA2('hook'),
          alone,
          untilTold,
        ].join('\n'),
      },
    });
    place.write('answers-itself.sh', ANSWERS_ITSELF);
    place.issue('A-1', { priority: 1 });
    place.issue('A-2');
    place.order('A-1', 'ask');
    const daemon = await place.daemon();
    place.write('port', `${new URL(daemon.url).port}\n`);

    const { counts } = await daemon.running('A-2');

    const told = place.journal().filter((line) => line.includes(' was told '));
    expect(told).toEqual(['hook', 'orphan', 'agent'].map((name) => `${name} was told 403 as an agent`));
    expect(counts.blocked).toBe(1);
    const [warned] = await place.logged('order of an agent refused');
    expect(warned).toMatchObject({ level: 'warn', status: 403, reason: expect.any(String) });
    expect((await answering(place, daemon)('A-1', APPROVE)).status).toBe(202);
  });

  test('finds it in no environment, and shows it in no log and no answer', async (context) => {
    const place = new Place(context, {
      hooks: { before_run: `env > ../../environment; cat ../../${TOKEN_FILE}; exit 1` },
      agent: { max_retry_backoff_ms: 300_000 },
    });
    place.issue('A-1');
    const daemon = await place.daemon();
    const [token = ''] = place.lines(TOKEN_FILE);

    await daemon.showing('its failure', ({ counts }) => counts.retrying === 1);
    const failures = await place.logged('hook failed');

    expect(token).toHaveLength(43);
    expect(place.lines('environment').join('\n')).not.toContain(token);
    expect(failures).toMatchObject([{ output: expect.stringContaining('[redacted]') }]);
    expect(JSON.stringify(place.log())).not.toContain(token);
    expect(await (await fetch(`${daemon.url}/api/v1/A-1`)).text()).not.toContain(token);
    expect(`${daemon.stdout}${daemon.stderr}`).not.toContain(token);
  });
});
