import { describe, expect, type TestContext, test } from 'vitest';
import { DAEMON_TEST, type DaemonProcess, Place } from '../../helpers/board-daemon.js';
import { ask, socketOf, tokenOf } from '../../helpers/daemon-calls.js';
import { Commander } from './commander.js';
import { described } from './described-api.js';

// Goal: a daemon that other machines can reach shows and takes nothing without the token that its workflow file names,
// while commands on its own machine go on as ever.

const TOKEN = 'page-token-0123456789abcdef';
const NAMED = { token: '$PAGE_TOKEN', allowed_hosts: ['symphony.example'] };

/** A daemon with A-1 in a turn that listens on every address, and how others ask it. */
async function anExposedDaemon(context: TestContext) {
  const place = new Place(context, { server: { host: '0.0.0.0', ...NAMED } }, { PAGE_TOKEN: TOKEN });
  place.issue('A-1');
  const daemon = place.run('--port', '0');
  await daemon.listening();
  await place.told(/^start A-1 /);
  const [, port] = /http:\/\/0\.0\.0\.0:(\d+)/.exec(daemon.stdout) ?? [];
  return { place, daemon, outside: { url: `http://127.0.0.1:${port}` } };
}

async function statusOf(
  daemon: Pick<DaemonProcess, 'url'>,
  what: string,
  asking?: Parameters<typeof ask>[2],
): Promise<number> {
  return (await ask(daemon, what, asking)).status;
}

describe.concurrent('a daemon on every address', DAEMON_TEST, () => {
  test('shows nothing without the token, through no address of it', async (context) => {
    const { place, outside } = await anExposedDaemon(context);
    const guarded = (await described(outside)).filter((one) => one.isForReaders || one.isForOperator);
    expect(guarded.length).toBeGreaterThan(20);

    for (const { method, template } of guarded) {
      const what = `${method} ${template.replace('{issue_identifier}', 'A-1')}`;
      const answered = await ask(outside, what, { headers: { accept: 'text/event-stream' } });
      expect({ what, ...answered }).toMatchObject({
        status: 401,
        body: { error: { code: 'operator_required' } },
      });
    }
    // The page itself tells nothing; it has to be there to ask for the token.
    expect(await statusOf(outside, 'GET /')).toBe(200);
    expect(await place.logged('http api beyond loopback')).toMatchObject([{ level: 'warn' }]);
  });

  test('shows and takes everything with it, and neither with the one of the state directory', async (context) => {
    const { place, outside } = await anExposedDaemon(context);

    expect(await statusOf(outside, 'GET /api/v1/state', { token: tokenOf(place) })).toBe(401);
    const state = await ask(outside, 'GET /api/v1/state', { token: TOKEN });
    expect(state).toMatchObject({ status: 200, body: { running: [{ issue_identifier: 'A-1' }] } });
    expect(await statusOf(outside, 'POST /api/v1/refresh', { token: TOKEN })).toBe(202);
    expect(await statusOf(outside, 'POST /api/v1/pause', { token: TOKEN })).toBe(202);
    const login = await ask(outside, 'POST /api/v1/session', { body: { token: TOKEN } });
    const cookie = login.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect(await statusOf(outside, 'GET /api/v1/A-1', { headers: { cookie } })).toBe(200);
  });

  test('answers to its addresses and to the names that it is told, and to no other', async (context) => {
    const { outside } = await anExposedDaemon(context);
    const under = (host: string, path = '/api/v1/state') =>
      statusOf(outside, `GET ${path}`, { token: TOKEN, headers: { host } });

    expect(await under('192.0.2.7:4000')).toBe(200);
    expect(await under('symphony.example')).toBe(200);
    expect(await under('evil.example')).toBe(403);
    expect(await under('evil.example', '/')).toBe(403);
    const headers = { host: 'symphony.example' };
    const pause = (origin: string) =>
      statusOf(outside, 'POST /api/v1/pause', { token: TOKEN, headers: { ...headers, origin } });
    expect(await pause('https://symphony.example')).toBe(202);
    expect(await pause('https://evil.example')).toBe(403);
  });

  test('is seen and steered by commands of its own machine without anything said', async (context) => {
    const { place } = await anExposedDaemon(context);
    const commander = new Commander(context, place);
    await socketOf(place);

    expect(await commander.says('status')).toMatch(/^A-1 +Todo /mu);
    expect(await commander.says('pause')).toBe('Nothing new is started.');
  });
});

describe.concurrent('a named token', DAEMON_TEST, () => {
  test('that is not there, or that agents would see, keeps the daemon from starting', async (context) => {
    for (const [token, complaint] of [
      ['$PAGE_TOKEN', /server\.token names PAGE_TOKEN, which is not set/],
      ['$PAGE', /server\.token: agents would see PAGE/],
      ['$SHORT_TOKEN', /server\.token: the value of SHORT_TOKEN has fewer than 16 characters/],
    ] as const) {
      const place = new Place(context, { server: { token } }, { PAGE: TOKEN, SHORT_TOKEN: 'k3yZ' });
      place.issue('A-1');
      const daemon = place.run('--port', '0');

      expect((await daemon.exited).code).toBe(1);
      expect(daemon.stderr).toMatch(complaint);
      expect(daemon.stderr).not.toMatch(/k3yZ|page-token/);
      expect(place.journal()).toEqual([]);
    }
  });

  test('reaches no agent and no hook, also from a login profile, and no report of the settings', async (context) => {
    const place = new Place(
      context,
      { server: NAMED, hooks: { before_run: 'env > ../../environment' } },
      { PAGE_TOKEN: TOKEN },
    );
    place.workflow({
      codex: { command: 'env >> ../../environment; echo told >> ../../journal; sleep 1000' },
    });
    for (const file of ['.profile', '.bash_profile']) {
      place.write(`home/${file}`, `export PAGE_TOKEN=${TOKEN} PROFILE_WAS_READ=yes\n`);
    }
    place.issue('A-1');
    await place.daemon();
    await place.told('told');

    const environment = place.lines('environment').join('\n');
    const report = await new Commander(context, place).run('validate');
    expect(environment.match(/^SYMPHONY_ISSUE_IDENTIFIER=A-1$/gmu)).toHaveLength(2);
    expect(environment.match(/^PROFILE_WAS_READ=yes$/gmu)).toHaveLength(2);
    expect(environment).not.toContain(TOKEN);
    expect(report).toMatchObject({ exitCode: 0, stdout: expect.not.stringContaining(TOKEN) });
  });
});
