import { createServer, type Server } from 'node:http';
import { describe, expect, type TestContext, test } from 'vitest';
import { DAEMON_TEST, type DaemonProcess, Place } from '../../helpers/board-daemon.js';
import { ask, Operator, StreamReader } from '../../helpers/daemon-calls.js';
import { leftOf } from '../../helpers/processes.js';
import { described } from './described-api.js';

// Goal: a daemon answers and takes orders whatever hangs around it: hooks, a tracker, readers that do not read. `ask` has
// the only limit, far above what an answer takes.

const HANGS = 'echo "child $$" >> ../../journal; exec sleep 1000';

/** Asks everything that only shows, of an issue and of the daemon; fails when one does not answer. */
async function everythingAnswers(daemon: DaemonProcess, identifier: string): Promise<void> {
  const operations = (await described(daemon)).filter(({ method }) => method === 'GET');
  const answers = operations.map(async ({ template }) => {
    const path = template.replace('{issue_identifier}', identifier);
    return { path, status: (await ask(daemon, `GET ${path}`)).status };
  });
  // An issue that has ended is explained no more, and a daemon that cannot read its tracker is not ready.
  const isRight = ({ path, status }: { path: string; status: number }): boolean =>
    status === 200 ||
    (status === 404 && path.endsWith('/explain')) ||
    (status === 503 && path.endsWith('/health'));
  expect(operations.length).toBeGreaterThan(10);
  expect((await Promise.all(answers)).filter((answer) => !isRight(answer))).toEqual([]);
}

/** A tracker that takes requests and never answers, and how many it has taken. */
async function aSilentTracker(
  context: TestContext,
): Promise<{ readonly url: string; readonly asked: () => number }> {
  let asked = 0;
  const server: Server = createServer(() => {
    asked += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : null;
  return { url: `http://127.0.0.1:${port}/graphql`, asked: () => asked };
}

describe.concurrent('a hook that hangs', DAEMON_TEST, () => {
  for (const hook of ['after_create', 'before_run'] as const) {
    test(`as ${hook}: everything answers, others go on, and the issue can be stopped`, async (context) => {
      const only = `[ "$SYMPHONY_ISSUE_IDENTIFIER" = A-1 ] || exit 0\n${HANGS}`;
      const place = new Place(context, { hooks: { [hook]: only, timeout_ms: 600_000 } });
      place.issue('A-1');
      const daemon = await place.daemon();
      await place.told(/^child /);

      await everythingAnswers(daemon, 'A-1');
      place.issue('A-2');
      await daemon.showing('A-2 at work', ({ running }) => running.some(({ turn_count }) => turn_count > 0));
      const stream = await StreamReader.of(daemon, '/api/v1/A-1/events');
      await new Operator(place, daemon).order('stop', 'A-1');
      await stream.tells('issue_ordered', 'A-1');

      const { parked } = await daemon.showing('it parked', ({ counts }) => counts.parked === 1);
      expect(parked).toMatchObject([{ issue_identifier: 'A-1', cause: 'operator' }]);
      expect(await leftOf(place.children())).toEqual([]);
    });
  }

  for (const [hook, phases] of [
    ['after_run', ['finishing']],
    ['before_remove', []],
  ] as const) {
    test(`as ${hook}: everything answers while its issue is being put away`, async (context) => {
      const place = new Place(context, { hooks: { [hook]: HANGS, timeout_ms: 600_000 } });
      place.issue('A-1');
      const daemon = await place.daemon();
      await daemon.running('A-1');
      place.order('A-1', 'done');
      await place.told(/^child /);

      await everythingAnswers(daemon, 'A-1');

      const { running } = await daemon.state();
      expect(running.map(({ phase }) => phase)).toEqual(phases);
      expect(place.has('workspaces/A-1')).toBe(true);
    });
  }
});

describe.concurrent('a tracker that hangs', DAEMON_TEST, () => {
  test('leaves everything answered, says so, and keeps neither orders nor the end', async (context) => {
    const tracker = await aSilentTracker(context);
    const place = new Place(
      context,
      {
        tracker: {
          kind: 'linear',
          provider: {
            endpoint: tracker.url,
            api_key: '$LINEAR_API_KEY',
            project_slug: 'payments-c0ffee000010',
          },
        },
      },
      { LINEAR_API_KEY: 'lin_api_0123456789abcdef' },
    );
    const daemon = await place.daemon();
    const operator = new Operator(place, daemon);
    await daemon.showing('a poll under way', ({ polling }) => polling.checking && tracker.asked() > 0);

    const state = await ask(daemon, 'GET /api/v1/state');
    const issues = await ask(daemon, 'GET /api/v1/issues');
    const health = await ask(daemon, 'GET /api/v1/health');
    await ask(daemon, 'POST /api/v1/refresh');
    await operator.order('pause');
    await operator.order('resume');

    expect(state).toMatchObject({
      status: 200,
      body: { polling: { checking: true, last_success_at: null } },
    });
    expect(issues).toMatchObject({ status: 200, body: { issues: [], ended: [] } });
    expect(health).toMatchObject({
      status: 503,
      body: { live: true, reasons: [{ code: 'not_polled_yet' }] },
    });
    expect((await ask(daemon, 'GET /api/v1/ENG-1')).status).toBe(404);
    expect(await daemon.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});

describe.concurrent('readers that do not read', DAEMON_TEST, () => {
  test('keep nobody else waiting while much happens', async (context) => {
    const place = new Place(context, { agent: { max_concurrent_agents: 4, max_retry_backoff_ms: 100 } });
    const daemon = await place.daemon();
    const stalled = await Promise.all(
      Array.from({ length: 30 }, () => StreamReader.of(daemon, '/api/v1/events?limit=1000')),
    );
    for (const reader of stalled) reader.stopReading();
    const reader = await StreamReader.of(daemon, '/api/v1/events');
    for (const name of ['A-1', 'A-2', 'A-3', 'A-4']) {
      place.order(name, 'crash');
      place.issue(name);
    }

    for (const name of ['A-1', 'A-2', 'A-3', 'A-4']) await reader.tells('retry_scheduled', name);
    await everythingAnswers(daemon, 'A-1');
    await daemon.running('A-1', 'A-2', 'A-3', 'A-4');

    expect(reader.frames.filter(({ event }) => event === 'gap')).toEqual([]);
    for (const one of stalled) one.breakOff();
  });
});
