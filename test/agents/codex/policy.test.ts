import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codexAgent } from '../../../src/agents/codex/index.js';
import type { JsonValue } from '../../../src/domain/json.js';
import { aDirectory, aSessionStart, openFixture, type SessionOptions } from '../../helpers/agent-session.js';
import { until } from '../../helpers/board-daemon.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';
import { anAgentLikeCodex, askedWith, GRANULAR_SCHEMA, LIKE_CODEX, openLikeCodex } from './like-codex.js';
import '../../helpers/leaks.js';

const REFUSES = 'unknown variant `NAME`, expected one of `untrusted`, `on-request`, `granular`, `never`';
const OF_THE_REFERENCE = { reject: { sandbox_approval: true, rules: true, mcp_elicitations: true } };

/** A program whose schema tells what it accepts. */
const withSchema = (more: Readonly<Record<string, string>> = {}): SessionOptions => ({
  env: { SCHEMA: GRANULAR_SCHEMA, REFUSES, ...more },
});

async function sentFor(approvalPolicy: JsonValue, { env = {} }: SessionOptions): Promise<JsonValue[]> {
  const { agent } = anAgentLikeCodex();
  const session = await openLikeCodex(agent, { env, codex: { approvalPolicy } });
  await session.runTurn();
  const [thread, turn] = [await askedWith(session, 'thread/start'), await askedWith(session, 'turn/start')];
  return [thread['approvalPolicy'] ?? null, turn['approvalPolicy'] ?? null];
}

describe.each([
  ['its schema', withSchema()],
  ['what it says when it refuses', { env: { REFUSES } }],
])('an obsolete approval policy, judged by %s', (_judge, options) => {
  test('has what it rejected not asked, and the rest asked', async () => {
    const granular = {
      sandbox_approval: false,
      rules: true,
      mcp_elicitations: false,
      skill_approval: true,
      request_permissions: true,
    };
    const reject = { sandbox_approval: true, rules: false, mcp_elicitations: true };

    expect(await sentFor({ reject }, options)).toEqual([{ granular }, { granular }]);
  });

  test('of asking after a failure becomes asking on request', async () => {
    expect(await sentFor('on-failure', options)).toEqual(['on-request', 'on-request']);
  });

  test('that means nothing fails the session before a turn, and tells what is accepted', async () => {
    const { agent } = anAgentLikeCodex();

    const opened = openLikeCodex(agent, { ...options, codex: { approvalPolicy: 'full-auto' } });

    await expect(opened).rejects.toMatchObject({
      code: 'agent_bad_request',
      message: expect.stringMatching(
        /approval_policy is "full-auto".*Codex 0\.169\.0 .*untrusted, on-request, never, or a map granular .*sandbox_approval/,
      ),
    });
  });

  test('is told once per version of the workflow, with what is sent in its place', async () => {
    const { agent, warnings } = anAgentLikeCodex();
    const first = await openLikeCodex(agent, { ...options, codex: { approvalPolicy: OF_THE_REFERENCE } });
    await agent.startSession(first.start).then((session) => session.close());
    expect(warnings).toEqual([
      expect.stringMatching(/^setting_translated: codex\.approval_policy: .*reject.*granular/),
    ]);

    await openLikeCodex(agent, { ...options, codex: { approvalPolicy: 'on-failure' } });

    expect(warnings).toHaveLength(2);
  });
});

describe('an approval policy', () => {
  test.each(['untrusted', 'on-request', 'never'])(
    'that every version knows needs no judge: %s',
    async (word) => {
      const runs = join(await aDirectory(), 'runs');

      expect(await sentFor(word, withSchema({ SCHEMA_RUNS: runs }))).toEqual([word, word]);
      await expect(readFile(runs)).rejects.toThrow('ENOENT');
    },
  );

  test('that the installed version accepts is sent as it is written', async () => {
    const granular = { sandbox_approval: true, rules: false, mcp_elicitations: false };

    expect(await sentFor({ granular }, withSchema())).toEqual([{ granular }, { granular }]);
  });

  test.each([
    { granular: { sandbox_approval: true, rules: false, mcp_elicitations: false, typo: true } },
    { granular: { sandbox_approval: true } },
    { granular: { sandbox_approval: 'yes', rules: false, mcp_elicitations: false } },
    { reject: { typo: true } },
    { granular: {}, reject: {} },
    ['never'],
  ])('with a member that is unknown, missing or no answer is refused: %j', async (approvalPolicy) => {
    const { agent } = anAgentLikeCodex();

    const opened = openLikeCodex(agent, { ...withSchema(), codex: { approvalPolicy } });

    await expect(opened).rejects.toMatchObject({ code: 'agent_bad_request' });
  });

  test('goes unchanged to a program that does not say it is Codex', async () => {
    const session = await openFixture('completes', { codex: { approvalPolicy: OF_THE_REFERENCE } });

    expect((await askedWith(session, 'thread/start'))['approvalPolicy']).toEqual(OF_THE_REFERENCE);
  });
});

describe('the schema of the installed version', () => {
  test('is asked for once, however many sessions want to know', async () => {
    const { agent } = anAgentLikeCodex();
    const runs = join(await aDirectory(), 'runs');
    const options = { ...withSchema({ SCHEMA_RUNS: runs }), codex: { approvalPolicy: 'on-failure' } };

    await openLikeCodex(agent, options);
    await openLikeCodex(agent, options);

    expect(await readFile(runs, 'utf8')).toBe('run\n');
  });

  test.each(['; exit 1', ' # comment', ' 2>&1 | cat'])(
    'is not asked for where more words could not follow the command: %s',
    async (rest) => {
      const { agent } = anAgentLikeCodex();
      const runs = join(await aDirectory(), 'runs');

      await openLikeCodex(agent, {
        ...withSchema({ SCHEMA_RUNS: runs }),
        codex: { approvalPolicy: 'on-failure', command: `${LIKE_CODEX}${rest}` },
      });

      await expect(readFile(runs)).rejects.toThrow('ENOENT');
    },
  );
});

describe('a schema that never comes', () => {
  /** A session that waits for it. */
  async function aWaitingStart(clock: VirtualClock, signal?: AbortSignal) {
    const runs = join(await aDirectory(), 'runs');
    const setup = await aSessionStart({
      ...withSchema({ SCHEMA: 'hangs', SCHEMA_RUNS: runs }),
      codex: { approvalPolicy: 'on-failure', command: LIKE_CODEX, readTimeoutMs: 600_000 },
      ...(signal === undefined ? {} : { signal }),
    });
    const started = codexAgent({ clock, kind: 'codex' }).startSession(setup.start);
    started.catch(() => {});
    // The program may have begun before its limit has.
    await until('the schema is asked for', () => existsSync(runs) && clock.pending > 0);
    return { ...setup, started };
  }

  test('is waited for a while, then what the program says when it refuses is the judge', async () => {
    const clock = new VirtualClock();
    const setup = await aWaitingStart(clock);

    await clock.advance(10_000);
    const session = await setup.started;
    await session.close();

    expect(await askedWith(setup, 'thread/start')).toMatchObject({
      approvalPolicy: 'on-request',
    });
  });

  test('does not keep a stopped session from ending', async () => {
    const stop = new AbortController();
    const { started } = await aWaitingStart(new VirtualClock(), stop.signal);

    stop.abort();

    await expect(started).rejects.toMatchObject({ code: 'turn_cancelled' });
  });
});

describe('a sandbox', () => {
  test('that no turn can be given fails the session before anything is started', async () => {
    const { agent } = anAgentLikeCodex();

    const opened = openLikeCodex(agent, { codex: { threadSandbox: 'workspace-wirte', command: 'exit 3' } });

    await expect(opened).rejects.toMatchObject({
      code: 'agent_bad_request',
      message: expect.stringMatching(/thread_sandbox is "workspace-wirte".*read-only, workspace-write/),
    });
  });

  test('of a turn with an unknown type fails the session, and tells the types that are accepted', async () => {
    const { agent } = anAgentLikeCodex();
    const codex = { turnSandboxPolicy: { type: 'workspace-write' } };

    await expect(openLikeCodex(agent, { ...withSchema(), codex })).rejects.toMatchObject({
      code: 'agent_bad_request',
      message: expect.stringMatching(/turn_sandbox_policy is "workspace-write".*readOnly or workspaceWrite/),
    });
  });
});
