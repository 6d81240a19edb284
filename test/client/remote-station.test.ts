import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { stateResponse } from '../../src/api/state.js';
import { type EventResponse, SymphonyClient } from '../../src/client/client.js';
import { RemoteStation } from '../../src/client/remote-station.js';
import type { Snapshot } from '../../src/domain/snapshot.js';
import { aPlace } from '../helpers/processes.js';
import { aRunningRow, aSnapshot } from '../helpers/snapshots.js';
import { aFalseDaemon, anEvent, type FalseDaemon, frameOf, json, refusal, stream } from './false-daemon.js';

// Goal: at the other end of a socket a dashboard sees and orders what it would inside of the daemon, also after the daemon
// has gone and come again.

/** A daemon with a state and a history that a test sets. */
class Stage {
  snapshot = aSnapshot();
  history: EventResponse[] = [];
  readonly #streams = new Set<ServerResponse>();
  readonly #started: (() => void)[] = [];
  #server: FalseDaemon | null = null;
  #socketPath: string | null = null;

  /** At the same place each time: a port that is free for a moment may be given to somebody else. */
  async start(): Promise<{ readonly socketPath: string }> {
    const socketPath = this.#socketPath ?? join(await aPlace(), 'daemon.sock');
    this.#socketPath = socketPath;
    this.#server = await aFalseDaemon(({ method, path, headers }, response) => {
      if (method === 'POST') this.#order(path, response);
      else if (headers.accept === 'text/event-stream') this.#follow(response);
      else if (path.startsWith('/api/v1/events')) this.#page(path, response);
      else if (path === '/api/v1/state') json(response, stateResponse(this.snapshot));
      else refusal(response, 404, 'issue_not_found');
    }, socketPath);
    return { socketPath };
  }

  get requests() {
    return this.#server?.requests ?? [];
  }

  async end(): Promise<void> {
    this.#streams.clear();
    await this.#server?.end();
  }

  /** Waits until somebody follows. */
  async followed(): Promise<void> {
    if (this.#streams.size > 0) return;
    await new Promise<void>((resolve) => this.#started.push(resolve));
  }

  change(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    this.say('event: changed\ndata: {"generated_at":"2026-02-24T20:15:30Z"}\n\n');
  }

  happen(event: EventResponse): void {
    this.history.push(event);
    this.say(frameOf(event));
  }

  say(frame: string): void {
    for (const response of this.#streams) stream(response, frame);
  }

  #follow(response: ServerResponse): void {
    stream(response, ': \n\n');
    this.#streams.add(response);
    response.once('close', () => this.#streams.delete(response));
    for (const started of this.#started.splice(0)) started();
  }

  #page(path: string, response: ServerResponse): void {
    const issue = new URLSearchParams(path.split('?')[1]).get('issue');
    const events = this.history.filter((event) => issue === null || event.issue_identifier === issue);
    json(response, { events, has_gap: false, has_more: false });
  }

  #order(path: string, response: ServerResponse): void {
    if (path.endsWith('/answer'))
      json(response, { queued: true, issue_identifier: 'MT-649', message: 'MT-649 is answered.' }, 202);
    else if (path.endsWith('/stop'))
      json(
        response,
        { accepted: true, issue_identifier: 'MT-649', order: 'stop', message: 'It stops.' },
        202,
      );
    else refusal(response, 409, 'order_refused', 'It does not fit.');
  }
}

async function aStation(stage: Stage, intervalMs = 5) {
  const client = new SymphonyClient(await stage.start());
  const station = await RemoteStation.open(client, { intervalMs, now: () => 1_000 });
  onTestFinished(() => station.close());
  return station;
}

/** Waits for a snapshot. */
async function showing(station: RemoteStation, wanted: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
  const now = station.source.current();
  if (wanted(now)) return now;
  return await new Promise((resolve) => {
    const end = station.source.subscribe((snapshot) => {
      if (!wanted(snapshot)) return;
      end();
      resolve(snapshot);
    });
  });
}

/** Collects the ids of the events that are told, and waits for so many. */
function ear() {
  const ids: string[] = [];
  let heard = (): void => {};
  return {
    ids,
    listen: (events: readonly { readonly id: string }[]): void => {
      ids.push(...events.map(({ id }) => id));
      heard();
    },
    hears: async (count: number): Promise<readonly string[]> => {
      while (ids.length < count) {
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
      return ids;
    },
  };
}

describe('the snapshots of a remote station', () => {
  test('begin with the state of the daemon, and follow its changes though nobody polls', async () => {
    const stage = new Stage();
    const station = await aStation(stage, 600_000);
    expect(station.source.current().running).toEqual([]);
    await stage.followed();

    stage.change(aSnapshot({ running: [aRunningRow()] }));

    const { running } = await showing(station, (snapshot) => snapshot.running.length === 1);
    expect(running[0]).toMatchObject({ identifier: 'MT-649', phase: 'streamingTurn' });
    expect(station.source.current()).toBe(station.source.current());
  });

  test('stay as they were while the daemon is gone, with the reason, and go on once it is back', async () => {
    const stage = new Stage();
    stage.snapshot = aSnapshot({ running: [aRunningRow()] });
    const station = await aStation(stage);

    await stage.end();
    // A question that was under way at the end failed in another way.
    const stale = await showing(station, ({ problems }) => /no socket/u.test(problems[0]?.message ?? ''));
    stage.snapshot = aSnapshot({ maxConcurrentAgents: 3 });
    await stage.start();
    const fresh = await showing(station, ({ maxConcurrentAgents }) => maxConcurrentAgents === 3);

    expect(stale.running).toHaveLength(1);
    expect(stale.problems).toEqual([
      {
        atMs: 1_000,
        code: 'daemon_unreachable',
        message: expect.stringContaining('there is no socket'),
        identifier: null,
      },
    ]);
    expect(fresh.problems).toEqual([]);
  });

  test('are not begun with a daemon that does not answer', async () => {
    const stage = new Stage();
    const client = new SymphonyClient(await stage.start());
    await stage.end();

    await expect(RemoteStation.open(client)).rejects.toMatchObject({ code: 'daemon_unreachable' });
  });
});

describe('the events of a remote station', () => {
  test('begin with what is known of the issue, and go on with what happens to it', async () => {
    const stage = new Stage();
    stage.history = [anEvent('1'), anEvent('2', { issue_identifier: 'MT-1' })];
    const station = await aStation(stage);
    await stage.followed();
    const [issue, daemon] = [ear(), ear()];
    station.follow('MT-649', issue.listen);
    station.follow(null, daemon.listen);
    await Promise.all([issue.hears(1), daemon.hears(2)]);

    stage.happen(anEvent('3', { issue_identifier: 'MT-1' }));
    stage.happen(anEvent('4'));

    expect(await issue.hears(2)).toEqual(['1', '4']);
    expect(await daemon.hears(4)).toEqual(['1', '2', '3', '4']);
  });

  test('are told once and completely though the daemon goes away in between', async () => {
    const stage = new Stage();
    stage.history = [anEvent('1')];
    const station = await aStation(stage);
    await stage.followed();
    const { listen, hears } = ear();
    station.follow('MT-649', listen);
    await hears(1);

    await stage.end();
    stage.history.push(anEvent('2'));
    await stage.start();
    await hears(2);
    await stage.followed();
    stage.happen(anEvent('3'));

    expect(await hears(3)).toEqual(['1', '2', '3']);
  });

  test('are read again after a gap', async () => {
    const stage = new Stage();
    const station = await aStation(stage);
    await stage.followed();
    const { listen, hears } = ear();
    station.follow(null, listen);
    stage.happen(anEvent('1'));
    await hears(1);
    stage.history.push(anEvent('2'));

    stage.say('event: gap\ndata: {}\n\n');
    await hears(2);
    stage.happen(anEvent('3'));

    expect(await hears(3)).toEqual(['1', '2', '3']);
  });

  test('end with the following', async () => {
    const stage = new Stage();
    const station = await aStation(stage);
    await stage.followed();
    const [left, staying] = [ear(), ear()];
    const end = station.follow(null, left.listen);
    station.follow(null, staying.listen);
    stage.happen(anEvent('1'));
    await Promise.all([left.hears(1), staying.hears(1)]);

    end();
    stage.happen(anEvent('2'));

    expect(await staying.hears(2)).toEqual(['1', '2']);
    expect(left.ids).toEqual(['1']);
  });
});

describe('the orders of a remote station', () => {
  test('are told what happens now, or why not, and the state is read again at once', async () => {
    const stage = new Stage();
    const station = await aStation(stage, 600_000);
    stage.snapshot = aSnapshot({ maxConcurrentAgents: 7 });

    expect(await station.order('MT-649', 'stop')).toBe('It stops.');
    await showing(station, ({ maxConcurrentAgents }) => maxConcurrentAgents === 7);
    expect(await station.answer('MT-649', { kind: 'approve' }, 'Run it?')).toContain('MT-649 is answered');
    expect(stage.requests.map(({ body }) => body)).toContain('{"decision":"approve","question":"Run it?"}');
    await expect(station.orderDispatch('pause')).rejects.toMatchObject({
      code: 'order_refused',
      message: 'It does not fit.',
    });
  });

  test('explain nothing where an issue is not known', async () => {
    expect(await (await aStation(new Stage())).explain('MT-1')).toBeNull();
  });
});
