import { describe, expect, type TestContext, test } from 'vitest';
import { IssueResponse } from '../../../src/api/schema.js';
import { ExplainResponse } from '../../../src/api/schema-issues.js';
import {
  agentCommand,
  DAEMON_TEST,
  type DaemonProcess,
  LEAVES_A_CHILD,
  Place,
  type Sections,
  until,
} from '../../helpers/board-daemon.js';
import { ask, type Frame, Operator, StreamReader } from '../../helpers/daemon-calls.js';
import { leftOf } from '../../helpers/processes.js';

// Goal: what an operator orders happens, holds against everything that goes on by itself, and is taken back by the next
// order; seen from outside a running daemon.

/** A daemon of one slot with A-1 in a turn, and its operator. */
async function aDaemonAtWork(context: TestContext, sections: Sections = {}) {
  const place = new Place(context, { agent: { max_concurrent_agents: 1 } });
  place.workflow(sections);
  place.issue('A-1', { priority: 1 });
  const daemon = await place.daemon();
  await daemon.running('A-1');
  return { place, daemon, operator: new Operator(place, daemon) };
}

/** Waits until polls that began after now have been dealt with. */
async function severalPolls(daemon: DaemonProcess): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    const { polling } = await daemon.state();
    await daemon.showing('a later poll', ({ polling: { last_success_at } }) => {
      return last_success_at !== polling.last_success_at;
    });
  }
}

async function explained(daemon: DaemonProcess, identifier: string) {
  return ExplainResponse.parse((await ask(daemon, `GET /api/v1/${identifier}/explain`)).body);
}

/** The issues whose agents were started, in order. */
function starts(place: Place): string[] {
  return place.journal().flatMap((line) => /^start (\S+) /.exec(line)?.[1] ?? []);
}

describe.concurrent('a stopped issue', DAEMON_TEST, () => {
  test('is set aside with all its processes ended and its workspace kept, also from polls and edits', async (context) => {
    const { place, daemon, operator } = await aDaemonAtWork(context, {
      codex: { command: agentCommand(undefined, LEAVES_A_CHILD) },
      hooks: { after_run: 'echo "after_run $SYMPHONY_ISSUE_IDENTIFIER" >> ../../journal' },
    });
    place.append('workspaces/A-1/notes', 'kept\n');
    place.issue('A-2');

    const { body } = await operator.order('stop', 'A-1');
    const { parked } = await daemon.running('A-2');

    expect(body).toMatchObject({ accepted: true, order: 'stop', message: expect.stringMatching(/stopped/) });
    expect(parked).toMatchObject([{ issue_identifier: 'A-1', cause: 'operator', until: null }]);
    const agents = place.journal().flatMap((line) => /^start A-1 (\d+)/.exec(line)?.[1] ?? []);
    expect(await leftOf([...agents.map(Number), ...place.children().slice(0, 1)])).toEqual([]);
    expect(place.journal()).toContain('after_run A-1');
    place.issue('A-1', { priority: 1, title: 'Edited' });
    place.order('A-2', 'done');
    await daemon.running();
    await severalPolls(daemon);
    expect(starts(place)).toEqual(['A-1', 'A-2']);
    expect(place.lines('workspaces/A-1/notes')).toEqual(['kept']);
    expect(place.stateOf('A-1')).toBe('Todo');
    expect(await explained(daemon, 'A-1')).toMatchObject({ standing: 'parked' });
    const { history } = IssueResponse.parse((await ask(daemon, 'GET /api/v1/A-1')).body);
    expect(history).toMatchObject([{ outcome: 'stopped' }]);
  });

  test('goes on in its workspace with a retry, as the next attempt', async (context) => {
    const { place, daemon, operator } = await aDaemonAtWork(context);
    place.append('workspaces/A-1/notes', 'kept\n');
    await operator.order('stop', 'A-1');
    await daemon.showing('it parked', ({ counts }) => counts.parked === 1);
    expect((await operator.tries('stop', 'A-1')).status).toBe(409);

    await operator.order('retry', 'A-1');
    const { running, counts } = await daemon.running('A-1');

    expect(counts).toEqual({ running: 1, retrying: 0, blocked: 0, parked: 0 });
    expect(running).toMatchObject([{ attempt: 1 }]);
    expect(place.lines('workspaces/A-1/notes')).toEqual(['kept']);
    expect(await operator.tries('retry', 'A-1')).toMatchObject({
      status: 409,
      body: { error: { code: 'order_refused' } },
    });
    place.order('A-1', 'done');
    await daemon.running();
    expect(place.stateOf('A-1')).toBe('Done');
  });

  test('is stopped twice at once without harm, and begins anew once it is released', async (context) => {
    const { place, daemon, operator } = await aDaemonAtWork(context);

    const both = await Promise.all([operator.tries('stop', 'A-1'), operator.tries('stop', 'A-1')]);
    expect(both.map(({ status }) => status).sort()).toEqual([202, 409]);
    await daemon.showing('it parked', ({ counts }) => counts.parked === 1);
    await operator.order('release', 'A-1');

    const { running } = await daemon.running('A-1');
    expect(running).toMatchObject([{ attempt: null }]);
    expect(place.attempts()).toEqual([null, null]);
  });

  test('loses its workspace when a person finishes it, and is asked for no more', async (context) => {
    const { place, daemon, operator } = await aDaemonAtWork(context);
    await operator.order('stop', 'A-1');
    await daemon.showing('it parked', ({ counts }) => counts.parked === 1);

    place.issue('A-1', { state: 'Done' });

    await daemon.showing('no claim', ({ counts }) => counts.parked === 0);
    await until(
      'the workspace gone',
      () => !place.has('workspaces/A-1'),
      () => place.explain(),
    );
    expect((await operator.tries('retry', 'A-1')).status).toBe(404);
  });

  test('that was only waiting never starts', async (context) => {
    const { place, daemon, operator } = await aDaemonAtWork(context);
    place.issue('A-2');
    await daemon.showing('A-2 waiting', ({ waiting }) => waiting.count === 1);

    await operator.order('stop', 'A-2');
    await daemon.showing('it parked', ({ counts }) => counts.parked === 1);
    place.order('A-1', 'done');
    await daemon.running();
    await severalPolls(daemon);

    expect(starts(place)).toEqual(['A-1']);
    await operator.order('retry', 'A-2');
    await daemon.running('A-2');
  });
});

describe.concurrent('a retry that waits', DAEMON_TEST, () => {
  test('starts at once when it is ordered', async (context) => {
    const { place, daemon, operator } = await aDaemonAtWork(context, {
      agent: { max_retry_backoff_ms: 300_000 },
    });
    place.order('A-1', 'refuse');
    const { retrying } = await daemon.showing('its retry', ({ counts }) => counts.retrying === 1);
    expect(retrying[0]?.error).toContain('the model refuses this');

    await operator.order('retry', 'A-1');

    await daemon.running('A-1');
    expect(place.attempts()).toEqual([null, 1]);
  });
});

describe.concurrent('a pause', DAEMON_TEST, () => {
  test('lets what runs go on and nothing new begin, though there is room, until it is taken back', async (context) => {
    const { place, daemon, operator } = await aDaemonAtWork(context, { agent: { max_concurrent_agents: 2 } });
    const stream = await StreamReader.of(daemon, '/api/v1/events');

    await operator.order('pause');
    place.issue('A-2');
    await daemon.showing('A-2 waiting', ({ waiting }) => waiting.count === 1);
    place.order('A-1', 'crash');
    await daemon.showing('its retry', ({ counts }) => counts.retrying === 1);
    await severalPolls(daemon);

    expect(starts(place)).toEqual(['A-1']);
    const paused = await daemon.running();
    expect(paused.hold).toMatchObject({ kind: 'paused' });
    const { rules, headline } = await explained(daemon, 'A-2');
    expect(rules).toContainEqual({ rule: 'not_held', verdict: 'holds', fact: headline });
    expect(headline).toMatch(/paused/);
    expect(await ask(daemon, 'GET /api/v1/health')).toMatchObject({
      status: 503,
      body: { live: true, ready: false, reasons: [{ code: 'dispatch_paused' }] },
    });
    expect((await ask(daemon, 'GET /api/v1/health?check=live')).status).toBe(200);
    expect((await operator.order('pause')).body).toMatchObject({ message: 'Dispatch is paused already.' });

    await operator.order('resume');
    await daemon.running('A-1', 'A-2');

    expect((await ask(daemon, 'GET /api/v1/health')).status).toBe(200);
    const isOrder = ({ data }: Frame): boolean => data['kind'] === 'dispatch_ordered';
    await until('all orders told', () => stream.frames.filter(isOrder).length >= 3);
    const orders = stream.frames.filter(isOrder);
    expect(orders.map(({ data }) => data['fields'])).toEqual([
      { order: 'pause' },
      { order: 'pause' },
      { order: 'resume' },
    ]);
  });
});

describe.concurrent('health', DAEMON_TEST, () => {
  test('is not ready while the workflow file is broken, and names the reason until it is mended', async (context) => {
    const { place, daemon } = await aDaemonAtWork(context);
    const health = () => ask(daemon, 'GET /api/v1/health');
    expect(await health()).toMatchObject({ status: 200, body: { live: true, ready: true, reasons: [] } });

    const whole = place.lines('WORKFLOW.md').join('\n');
    place.write('WORKFLOW.md', whole.replace('interval_ms: 300', 'interval_ms: never'));
    await daemon.showing('the fault', ({ workflow_error }) => workflow_error !== null);

    expect(await health()).toMatchObject({
      status: 503,
      body: {
        live: true,
        ready: false,
        reasons: [
          { code: 'invalid_workflow_config', message: expect.stringContaining('polling.interval_ms') },
        ],
      },
    });
    place.write('WORKFLOW.md', whole);
    await daemon.showing('no fault', ({ workflow_error }) => workflow_error === null);
    expect((await health()).status).toBe(200);
    await daemon.running('A-1');
  });
});
