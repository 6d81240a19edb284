import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, type DaemonProcess, until } from '../../helpers/board-daemon.js';
import {
  aLinearScene,
  deliverWebhook,
  type LinearScene,
  startsOf,
} from '../../helpers/linear/linear-daemon.js';
import { leftOf } from '../../helpers/processes.js';

// Goal: with a webhook, what people do in Linear takes effect at once, however rarely the daemon polls.

const SECRET = 'lin_wh_0123456789abcdef';

interface Quiet extends LinearScene {
  readonly daemon: DaemonProcess;
}

/** A daemon that has polled once, found ENG-1 to work on, and will not poll again for ten minutes. */
async function aQuietDaemon(context: Parameters<typeof aLinearScene>[0]): Promise<Quiet> {
  const scene = await aLinearScene(context, {
    provider: { webhook_secret: '$HOOK_SECRET' },
    env: (apiKey) => ({ LINEAR_API_KEY: apiKey, HOOK_SECRET: SECRET }),
    sections: { polling: { interval_ms: 600_000 }, agent: { max_concurrent_agents: 3 } },
  });
  scene.board.put({ identifier: 'ENG-1' });
  const daemon = await scene.place.daemon();
  await daemon.running('ENG-1');
  scene.linear.forgetRequests();
  return { ...scene, daemon };
}

describe.concurrent('with a polling interval of ten minutes', DAEMON_TEST, () => {
  test('a new issue starts upon its delivery, for one request about that issue', async (context) => {
    const { linear, board, daemon } = await aQuietDaemon(context);
    const { id } = board.put({ identifier: 'ENG-2' });

    const response = await deliverWebhook(daemon, { secret: SECRET, issueId: id, action: 'create' });
    await daemon.running('ENG-1', 'ENG-2');

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ accepted: true });
    expect(linear.requests.map(({ operationName }) => operationName)).toEqual(['SymphonyIssuesByIds']);
    expect(linear.requests[0]?.variables).toEqual({ claimed: { id: { in: [id] } } });
  });

  test('a delivery that another secret signed is refused and starts nothing', async (context) => {
    const { linear, board, daemon, place } = await aQuietDaemon(context);
    const { id: forged } = board.put({ identifier: 'ENG-2' });
    const { id: real } = board.put({ identifier: 'ENG-3' });

    const refused = await deliverWebhook(daemon, { secret: 'lin_wh_another', issueId: forged });
    const accepted = await deliverWebhook(daemon, { secret: SECRET, issueId: real });
    await daemon.running('ENG-1', 'ENG-3');

    expect([refused.status, accepted.status]).toEqual([401, 200]);
    expect(await refused.json()).toMatchObject({ error: { code: 'webhook_refused' } });
    expect(linear.requests.map(({ variables }) => variables)).toEqual([{ claimed: { id: { in: [real] } } }]);
    expect(startsOf(place)).toEqual(['ENG-1', 'ENG-3']);
  });

  test('an issue that is none of ours starts nothing upon its delivery', async (context) => {
    const { board, daemon, place } = await aQuietDaemon(context);
    const others = [
      board.put({ identifier: 'ENG-2', projectSlugId: board.addProject('Other').slugId }),
      board.put({ identifier: 'ENG-3', state: 'Backlog' }),
      board.put({ identifier: 'ENG-4', blockedBy: ['ENG-1'] }),
      { id: 'no-issue-of-linear' },
    ];
    const { id } = board.put({ identifier: 'ENG-5' });

    for (const other of others) await deliverWebhook(daemon, { secret: SECRET, issueId: other.id });
    await deliverWebhook(daemon, { secret: SECRET, issueId: id });
    await daemon.running('ENG-1', 'ENG-5');

    expect(startsOf(place)).toEqual(['ENG-1', 'ENG-5']);
    expect(await daemon.state()).toMatchObject({ problems: [], polling: { error: null } });
  });

  test('an issue that a person finishes is stopped upon its delivery, and its workspace goes', async (context) => {
    const { linear, board, daemon, place } = await aQuietDaemon(context);
    const { id } = board.issue('ENG-1');
    const agents = daemon.descendants();
    board.setState('ENG-1', 'Done');

    await deliverWebhook(daemon, { secret: SECRET, issueId: id });
    await until(
      'the workspace gone',
      () => !place.has('workspaces/ENG-1'),
      () => place.explain(),
    );

    await daemon.running();
    expect(await leftOf(agents)).toEqual([]);
    expect(linear.requests[0]).toMatchObject({
      operationName: 'SymphonyIssuesByIds',
      variables: { claimed: { id: { in: [id] } } },
    });
  });

  test('an issue whose blocker ends starts upon the delivery about either', async (context) => {
    const { board, daemon } = await aQuietDaemon(context);
    const { id } = board.put({ identifier: 'ENG-2', blockedBy: ['ENG-1'] });
    await deliverWebhook(daemon, { secret: SECRET, issueId: id, action: 'create' });
    const { id: blocker } = board.issue('ENG-1');
    board.setState('ENG-1', 'Done');

    await deliverWebhook(daemon, { secret: SECRET, issueId: blocker });

    await daemon.running('ENG-2');
  });

  test('deliveries while Linear is away are not lost', async (context) => {
    const { linear, board, daemon } = await aQuietDaemon(context);
    const { id } = board.put({ identifier: 'ENG-2' });
    linear.faults.next({ kind: 'serverError500' }, { times: 4 });

    const response = await deliverWebhook(daemon, { secret: SECRET, issueId: id });
    await daemon.running('ENG-1', 'ENG-2');

    expect(response.status).toBe(200);
  });
});

test('without a secret in the workflow there is no address for deliveries', DAEMON_TEST, async (context) => {
  const { board, place } = await aLinearScene(context);
  const { id } = board.put({ identifier: 'ENG-1', state: 'Backlog' });
  const daemon = await place.daemon();

  const response = await deliverWebhook(daemon, { secret: SECRET, issueId: id });

  expect(response.status).toBe(404);
});
