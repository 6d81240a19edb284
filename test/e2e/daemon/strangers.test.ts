import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, type DaemonProcess, type Place } from '../../helpers/board-daemon.js';
import { type Answered, type Asking, ask, socketOf, tokenOf } from '../../helpers/daemon-calls.js';
import { needs } from '../../helpers/needs.js';
import { described, type Operation } from './described-api.js';
import { Scene } from './scene.js';

// Goal: whoever is not the operator changes nothing, at whichever door and with whatever they have found out: pages of
// others, programs without the token, and agents with it.

const WRONG = 'x'.repeat(43);
const FOREIGN_HOST = { host: 'evil.example' };
const FOREIGN_ORIGIN = { origin: 'https://evil.example' };

/** What an operation is asked with, wherever it takes something. */
const BODIES: Readonly<Record<string, Asking['body']>> = { answerIssue: { decision: 'approve' } };

/** `POST /api/v1/A-1/stop` */
function requestOf({ method, template }: Operation): string {
  return `${method} ${template.replace('{issue_identifier}', 'A-1')}`;
}

/** A daemon in which A-1 runs and A-2 asks, and everything that only an operator may order there. */
async function aSteerableDaemon(...begin: Parameters<typeof Scene.begin>) {
  const scene = await Scene.begin(...begin);
  await scene.running('A-1');
  await scene.blocked('A-2');
  const operations = await described(scene.daemon);
  const orders = operations.filter(({ isForOperator }) => isForOperator);
  expect(orders.length).toBeGreaterThanOrEqual(11);
  return { ...scene, scene, operations, orders };
}

/** What strangers could have changed. */
async function standing(daemon: DaemonProcess) {
  const { counts, hold, running, mode } = await daemon.state();
  return { counts, hold, mode, sessions: running.map(({ session_id }) => session_id) };
}

/** Sends each with the same, and returns what came back, by request. */
async function answersTo(
  daemon: DaemonProcess,
  operations: readonly Operation[],
  asking: Asking,
): Promise<readonly (readonly [string, number, string | undefined])[]> {
  const answers: [string, number, string | undefined][] = [];
  for (const operation of operations) {
    const body = BODIES[operation.name];
    const what = requestOf(operation);
    const answered = await ask(daemon, what, { ...(body === undefined ? {} : { body }), ...asking });
    answers.push([what, answered.status, codeOf(answered)]);
  }
  return answers;
}

function codeOf({ body }: Answered): string | undefined {
  const { error } = (body ?? {}) as { readonly error?: { readonly code?: string } };
  return error?.code;
}

/** The same refusal of each. */
function all(operations: readonly Operation[], status: number, code: string) {
  return operations.map((operation) => [requestOf(operation), status, code]);
}

describe.concurrent('an order', DAEMON_TEST, () => {
  test('without the token, or with a wrong one, is refused and changes nothing', async (context) => {
    const { place, daemon, orders } = await aSteerableDaemon(context);
    const socketPath = await socketOf(place);
    const before = await standing(daemon);

    for (const door of [{}, { socketPath }]) {
      expect(await answersTo(daemon, orders, door)).toEqual(all(orders, 401, 'operator_required'));
    }
    // More than a few in a minute are not even looked at.
    const some = orders.slice(0, 9);
    expect(await answersTo(daemon, some, { token: WRONG })).toEqual(all(some, 401, 'operator_required'));
    const { headers } = await ask(daemon, 'POST /api/v1/pause', { token: WRONG });
    const login = await ask(daemon, 'POST /api/v1/session', { body: { token: WRONG } });

    expect(headers['www-authenticate']).toBe('Bearer');
    expect([login.status, codeOf(login), login.headers['set-cookie']]).toEqual([
      401,
      'operator_required',
      undefined,
    ]);
    expect(await standing(daemon)).toEqual(before);
    const warned = await place.logged('order without operator token refused');
    expect(warned[0]).toMatchObject({ level: 'warn', status: 401 });
  });

  test('of a page of another site is refused, though the browser sends the token or the cookie along', async (context) => {
    const { place, daemon, orders, operator } = await aSteerableDaemon(context);
    const token = tokenOf(place);
    const login = await ask(daemon, 'POST /api/v1/session', { body: { token } });
    const cookie = login.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const before = await standing(daemon);

    for (const asking of [
      { token, headers: FOREIGN_ORIGIN },
      { headers: { ...FOREIGN_ORIGIN, cookie } },
      { headers: { 'sec-fetch-site': 'cross-site', cookie } },
      // No browser leaves both out of what a page posts.
      { headers: { cookie } },
    ]) {
      expect(await answersTo(daemon, orders, asking)).toEqual(all(orders, 403, 'forbidden_origin'));
    }
    expect(await standing(daemon)).toEqual(before);
    expect((await operator.order('stop', 'A-1')).status).toBe(202);
  });

  test('under a name that is not ours is refused, and so is every look', async (context) => {
    const { place, daemon, operations } = await aSteerableDaemon(context);
    const guarded = operations.filter(({ name }) => name !== 'deliver');
    const before = await standing(daemon);

    const answers = await answersTo(daemon, guarded, { token: tokenOf(place), headers: FOREIGN_HOST });

    expect(answers).toEqual(all(guarded, 403, 'forbidden_host'));
    expect((await ask(daemon, 'GET /', { headers: FOREIGN_HOST })).status).toBe(403);
    expect(await standing(daemon)).toEqual(before);
  });

  test('through the socket counts only with a proof of which process sends it', async (context) => {
    if (!existsSync('/proc/self/fd')) context.skip('because this machine does not tell what a process holds');
    const { place, daemon, orders } = await aSteerableDaemon(context);
    const asking = { token: tokenOf(place), socketPath: await socketOf(place) };
    const before = await standing(daemon);

    expect(await answersTo(daemon, orders, asking)).toEqual(all(orders, 403, 'forbidden_process'));
    expect(await standing(daemon)).toEqual(before);
  });
});

/** Tried by an agent besides what it sends itself. */
const COMMANDS = [['stop', 'A-1']];

/** What `gives-orders.mjs` reads. */
async function ordersOf(place: Place, daemon: DaemonProcess, orders: readonly Operation[]) {
  const sent = orders.map((operation) => {
    const [method, path] = requestOf(operation).split(' ');
    return { method, path, body: BODIES[operation.name] };
  });
  return {
    port: new URL(daemon.url).port,
    socketPath: await socketOf(place),
    program: resolve('dist/cli.js'),
    orders: [...sent, { method: 'POST', path: '/api/v1/session', body: { token: '$TOKEN' } }],
    commands: COMMANDS,
  };
}

describe.concurrent('an agent that has read the token', DAEMON_TEST, () => {
  test('orders nothing, through no door, nor does its hook, or what has left both', async (context) => {
    needs(context, 'setsid', 'env');
    if (!existsSync('/proc/self/fd')) context.skip('because this machine does not tell what a process holds');
    const program = `'${process.execPath}' '${resolve('fixtures/agents/gives-orders.mjs')}'`;
    const orphan = `cd / && exec ${program.replaceAll("'", '"')} "$0" orphan`;
    const { place, daemon, orders, operator } = await aSteerableDaemon(context, {
      hooks: {
        before_run: [
          '[ "$SYMPHONY_ISSUE_IDENTIFIER" = A-3 ] || exit 0',
          `(env -i PATH="$PATH" setsid sh -c '${orphan}' "$(cd ../.. && pwd)" </dev/null >/dev/null 2>&1 &)`,
          `${program} ../.. hook`,
          'until grep -q "^orphan has tried all" ../../journal; do sleep 0.05; done',
        ].join('\n'),
        timeout_ms: 600_000,
      },
    });
    const before = await standing(daemon);
    // One address of each: who may order does not hang on it, and each look at the processes takes a moment.
    const tried = orders.filter(({ template }) => !template.startsWith('/api/v1/{'));
    place.write('orders.json', JSON.stringify(await ordersOf(place, daemon, tried)));
    // It says nothing of what an agent says, and is not to be given up for that while it tries.
    place.workflow({ codex: { command: `${program} ../.. agent; sleep 1000`, read_timeout_ms: 600_000 } });
    await place.logged('workflow reloaded');
    place.issue('A-3');

    for (const name of ['orphan', 'hook', 'agent']) await place.told(`${name} has tried all`);

    const told = place.journal().filter((line) => line.includes(' was told '));
    const refused = (line: string): boolean =>
      / was told (403|1) forbidden_process at the (port|socket|command): /.test(line);
    expect(told.filter((line) => !refused(line))).toEqual([]);
    expect(told).toHaveLength(3 * (2 * (tried.length + 1) + COMMANDS.length));
    const { counts, hold, sessions } = await standing(daemon);
    expect({ counts, hold }).toEqual({ counts: { ...before.counts, running: 2 }, hold: null });
    expect(sessions).toEqual(expect.arrayContaining(before.sessions));
    const [warned] = await place.logged('order of an agent refused');
    expect(warned).toMatchObject({ level: 'warn', status: 403 });
    expect((await operator.order('pause')).status).toBe(202);
  });
});
