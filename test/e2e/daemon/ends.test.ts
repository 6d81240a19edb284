import { describe, expect, type TestContext, test } from 'vitest';
import {
  agentCommand,
  DAEMON_TEST,
  LEAVES_A_CHILD,
  Place,
  type Sections,
} from '../../helpers/board-daemon.js';
import { ask, Operator, StreamReader } from '../../helpers/daemon-calls.js';
import { leftOf } from '../../helpers/processes.js';

// Goal: a daemon ends when it is told to or has nothing left to do, never earlier, and whoever looks on does not keep it.

const CLEAN = { code: 0, signal: null };

/** A daemon with A-1 in a turn; polls seldom enough not to be what makes something happen. */
async function aDaemonAtWork(context: TestContext, sections: Sections = {}, ...args: readonly string[]) {
  const place = new Place(context, { agent: { max_concurrent_agents: 1 } });
  place.workflow(sections);
  place.issue('A-1', { priority: 1 });
  place.issue('A-2');
  const daemon = await place.daemon(...args);
  await daemon.running('A-1');
  await daemon.showing('A-2 waiting', ({ waiting }) => waiting.count === 1);
  return { place, daemon, operator: new Operator(place, daemon) };
}

describe.concurrent('a drained daemon', DAEMON_TEST, () => {
  test('begins nothing new and ends with success once its runs have ended', async (context) => {
    const { place, daemon, operator } = await aDaemonAtWork(context, {
      hooks: { after_run: 'echo "after_run $SYMPHONY_ISSUE_IDENTIFIER" >> ../../journal' },
    });

    const { body } = await operator.order('drain');
    await daemon.showing('the drain', ({ hold }) => hold?.kind === 'draining');
    expect(body).toMatchObject({
      order: 'drain',
      message: expect.stringMatching(/ends once what runs has ended/),
    });
    expect(await ask(daemon, 'GET /api/v1/health')).toMatchObject({
      status: 503,
      body: { reasons: [{ code: 'dispatch_draining' }] },
    });
    expect((await operator.tries('pause')).status).toBe(409);
    place.order('A-1', 'done');

    expect(await daemon.exited).toEqual(CLEAN);
    expect(place.journal().filter((line) => /^(start A-2|after_run)/.test(line))).toEqual(['after_run A-1']);
    expect(place.stateOf('A-1')).toBe('Done');
    expect(place.stateOf('A-2')).toBe('Todo');
    expect(place.has('workspaces/A-1')).toBe(false);
  });

  test('works on after a resume', async (context) => {
    const { place, daemon, operator } = await aDaemonAtWork(context);
    await operator.order('drain');

    await operator.order('resume');
    place.order('A-1', 'done');

    await daemon.running('A-2');
  });

  test('leaves a run that has failed to the next daemon, and does not wait for its retry', async (context) => {
    const { place, daemon, operator } = await aDaemonAtWork(context, {
      agent: { max_retry_backoff_ms: 300_000 },
    });
    await operator.order('drain');

    place.order('A-1', 'crash');

    expect(await daemon.exited).toEqual(CLEAN);
    expect(place.stateOf('A-1')).toBe('Todo');
  });

  test('ends at once when it is interrupted, with its runs stopped in order', async (context) => {
    const { place, daemon, operator } = await aDaemonAtWork(context, {
      codex: { command: agentCommand(undefined, LEAVES_A_CHILD) },
      hooks: { after_run: 'echo after_run >> ../../journal' },
    });
    await operator.order('drain');
    await daemon.showing('the drain', ({ hold }) => hold?.kind === 'draining');

    expect(await daemon.kill('SIGINT')).toEqual(CLEAN);

    expect(place.journal()).toContain('after_run');
    expect(await leftOf(place.children())).toEqual([]);
  });

  test('ends without waiting for a stop that hangs when it is interrupted twice', async (context) => {
    const { place, daemon, operator } = await aDaemonAtWork(context, {
      codex: { command: agentCommand(undefined, LEAVES_A_CHILD) },
      hooks: { after_run: 'echo after_run >> ../../journal; sleep 1000' },
    });
    await operator.order('drain');
    // It hangs already when the stop begins, which waits for it no longer than seven seconds.
    place.order('A-1', 'done');
    await place.told('after_run');
    const started = daemon.descendants();
    daemon.signal('SIGINT');
    await place.logged('shutdown requested');

    expect(await daemon.insist('SIGINT')).toEqual({ code: 130, signal: null });

    expect(await leftOf([...started, ...place.children()])).toEqual([]);
  });
});

describe.concurrent('a daemon that was started with --until-idle', DAEMON_TEST, () => {
  test('is not done while a pause keeps an issue from starting', async (context) => {
    const { place, daemon, operator } = await aDaemonAtWork(context, {}, '--until-idle');
    await operator.order('pause');
    place.order('A-1', 'done');

    const { waiting } = await daemon.running();
    const { polling } = await daemon.state();
    await daemon.showing(
      'a later poll',
      (state) => state.polling.last_success_at !== polling.last_success_at,
    );
    expect(waiting.issue_identifiers).toEqual(['A-2']);
    place.order('A-2', 'done');
    await operator.order('resume');

    expect(await daemon.exited).toEqual(CLEAN);
    expect([place.stateOf('A-1'), place.stateOf('A-2')]).toEqual(['Done', 'Done']);
  });

  test('is done when what is left was set aside by the operator, and fails by it', async (context) => {
    const { place, daemon, operator } = await aDaemonAtWork(context, {}, '--until-idle');
    place.order('A-2', 'done');

    await operator.order('stop', 'A-1');

    expect((await daemon.exited).code).toBe(1);
    expect(daemon.stdout).toContain(
      '1 issue is left:\nA-1 is held back: set aside until someone orders a retry',
    );
    expect(place.stateOf('A-1')).toBe('Todo');
    expect(place.stateOf('A-2')).toBe('Done');
  });
});

describe.concurrent('whoever reads a stream', DAEMON_TEST, () => {
  test('does not keep a daemon from stopping, and hears of it until the end', async (context) => {
    const { place, daemon } = await aDaemonAtWork(context);
    const paths = ['/api/v1/events', '/api/v1/A-1/events', '/api/v1/events?issue=A-2'];
    const readers = await Promise.all(
      paths.flatMap((path) => Array.from({ length: 10 }, () => StreamReader.of(daemon, path))),
    );
    const silent = await StreamReader.of(daemon, '/api/v1/events');
    silent.stopReading();

    expect(await daemon.kill('SIGTERM')).toEqual(CLEAN);

    await Promise.all(readers.map(({ closed }) => closed));
    const kinds = readers[0]?.frames.map(({ data }) => data['kind']);
    expect(kinds).toEqual(expect.arrayContaining(['shutdown_requested', 'run_completed']));
    expect((await place.logged('symphony stopped'))[0]).toMatchObject({ level: 'info' });
    expect(place.log().filter(({ level }) => level === 'error')).toEqual([]);
    silent.breakOff();
  });
});
