import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agentCommand, DAEMON_TEST, Place, until } from '../../helpers/board-daemon.js';
import { needs } from '../../helpers/needs.js';
import { inTerminal } from '../../helpers/terminal-session.js';
import { Commander } from './commander.js';

// Goal: whoever is at a terminal of the machine sees and steers a daemon, with or without a port; agents do not.

type Context = ConstructorParameters<typeof Place>[0];

const STATE = '.symphony/WORKFLOW.md';
const ASKS = { approval_policy: 'on-request', command: agentCommand() };

/** A daemon without a port that works on A-1 while A-2 waits, and commands for it. */
async function aBusyDaemon(context: Context, ...args: readonly string[]) {
  const place = new Place(context, { agent: { max_concurrent_agents: 1 }, codex: ASKS });
  place.issue('A-1', { priority: 1, title: 'Ein\u0007 漢字 Titel' });
  place.issue('A-2');
  const daemon = place.run(...args);
  const commander = new Commander(context, place);
  await place.logged('socket listening');
  await commander.showing(({ running }) => running.some(({ turn_count }) => turn_count > 0));
  return { place, daemon, commander };
}

describe.concurrent('commands for a running daemon', DAEMON_TEST, () => {
  test('show it without a port: status, issues, show, explain and logs', async (context) => {
    const { commander } = await aBusyDaemon(context);

    const status = await commander.says('status');
    const issues = await commander.says('issues');
    const shown = await commander.says('show', 'a-1');
    const explained = await commander.says('explain', 'A-2');
    const logged = await commander.says('logs', 'A-1');

    expect(status).toMatch(/^Agents +1 of 1 running/mu);
    expect(status).toMatch(/^A-1 +Todo +streamingTurn /mu);
    expect(issues).toMatch(/^A-1 +Todo +running +1 +Ein 漢字 Titel /mu);
    expect(issues).toMatch(/^A-2 +Todo +waiting +- +Title of A-2 +1\/1 slots used by A-1$/mu);
    expect(shown).toMatch(/^A-1: Ein 漢字 Titel\nState +Todo \(running\)\n/u);
    expect(shown).toContain(`workspaces/A-1`);
    expect(explained).toMatch(/^holds +slot_free +1\/1 slots used by A-1$/mu);
    expect(logged).toMatch(/^\d{4}-\S+Z {2}info {3}run_started {2}/mu);
    for (const text of [status, issues, shown, explained, logged]) expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  });

  test('explain also issues that no poll listed, in whatever state they are', async (context) => {
    const { place, commander } = await aBusyDaemon(context);
    place.issue('B-7', { state: 'Someday' });

    const explained = await commander.says('explain', 'b-7');
    const unknown = await commander.run('explain', 'B-8');

    expect(explained).toMatch(/^B-7: Title of B-7\nstate Someday is not among the active ones: /u);
    expect(explained).toMatch(/^holds +active +state Someday is not among the active ones: /mu);
    expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
    expect(unknown.stderr).toContain('knows no issue B-8');
  });

  test('answer in JSON as the API does', async (context) => {
    const { commander } = await aBusyDaemon(context);

    expect(await commander.json('status', '--json')).toMatchObject({
      counts: { running: 1 },
      tracker_kind: 'local',
    });
    expect(await commander.json('issues', '--json')).toMatchObject({
      issues: [{ issue_identifier: 'A-1' }, {}],
    });
    expect(await commander.json('show', 'A-1', '--json')).toMatchObject({ status: 'running' });
    expect(await commander.json('explain', 'A-2', '--json')).toMatchObject({ standing: 'waiting' });
    const events = (await commander.says('logs', 'A-1', '--json'))
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.every(({ issue_identifier }) => issue_identifier === 'A-1')).toBe(true);
  });

  test('stop an issue, begin it again and forget it', async (context) => {
    const { commander } = await aBusyDaemon(context);

    expect(await commander.says('stop', 'A-1')).toContain('is being stopped');
    await commander.showing(
      ({ counts, running }) => counts.parked === 1 && running[0]?.issue_identifier === 'A-2',
    );
    expect(await commander.says('retry', 'A-1')).toContain('goes on as soon as there is a slot');
    await commander.showing(({ counts }) => counts.parked === 0 && counts.retrying === 1);
    expect(await commander.says('release', 'a-1')).toContain('A-1 is released');
    await commander.showing(({ waiting }) => waiting.issue_identifiers.includes('A-1'));
    const refused = await commander.run('release', 'A-2');

    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toBe('symphony: A-2 is being worked on; stop it first. [order_refused]');
  });

  test('answer what an agent asks, and the work goes on', async (context) => {
    const { place, commander } = await aBusyDaemon(context);
    place.order('A-1', 'ask');
    await commander.showing(
      ({ counts, running }) => counts.blocked === 1 && running[0]?.issue_identifier === 'A-2',
    );

    expect(await commander.says('status')).toMatch(/^Blocked\nID .*\nA-1 .*npm publish/mu);
    expect(await commander.says('answer', 'A-1', '--text', 'Publish "beta" only.')).toMatch(
      /^A-1 asks: .*npm publish.*\nA-1 is answered and goes on as soon as there is a slot\.$/u,
    );
    place.order('A-2', 'done');
    await commander.showing(({ running }) => running[0]?.issue_identifier === 'A-1');

    await until('the answer', () =>
      place.lines('prompts').some((line) => line.includes('A person answers: Publish')),
    );
    expect((await commander.run('answer', 'A-1', '--approve')).stderr).toContain('[not_blocked]');
    expect((await commander.run('answer', 'A-1')).stderr).toContain('[usage_error]');
  });

  test('pause and resume dispatch, ask for a poll, and drain', async (context) => {
    const { place, commander, daemon } = await aBusyDaemon(context);

    expect(await commander.says('pause')).toBe('Nothing new is started.');
    expect(await commander.says('status')).toMatch(/^Dispatch +paused for /mu);
    expect(await commander.says('resume')).toBe('Dispatch goes on.');
    expect(await commander.says('refresh')).toMatch(/^The tracker is (?:asked now|being asked already)\.$/u);
    expect(await commander.says('drain')).toContain('the daemon ends once what runs has ended');
    place.order('A-1', 'done');

    expect(await daemon.exited).toEqual({ code: 0, signal: null });
    expect(existsSync(join(place.path, STATE, 'api.sock'))).toBe(false);
  });

  test('follow: logs and status go on until ctrl-c, through a restart of the daemon', async (context) => {
    const { place, commander, daemon } = await aBusyDaemon(context);
    const logs = commander.start('logs', 'A-1', '-f');
    const watch = commander.start('status', '--watch', '--json');
    await Promise.all([logs.shows('run_started'), watch.shows('"A-1"')]);

    await daemon.kill('SIGKILL');
    await logs.shows('waiting for it');
    await watch.shows('"stale"');
    place.run();
    await logs.shows('some events before the next one are not known any more');
    await watch.shows(/"mode":"running"(?!.*"stale")[^\n]*\n[^\n]*$/su);
    // Else the agent that ends with the first daemon could be the one that takes the order.
    await place.told(/^start A-1 /, 2);
    place.order('A-1', 'done');
    await logs.shows('run_completed');

    expect(await logs.interrupt()).toMatchObject({ exitCode: 0 });
    expect(await watch.interrupt()).toMatchObject({ exitCode: 0 });
  });

  test('end quietly, and with success, once nobody reads what they write', async (context) => {
    // Its turns end as soon as they have begun, so there is always something to write.
    const place = new Place(context, { codex: { command: agentCommand('complete') } });
    place.issue('A-1');
    place.run();
    await place.logged('run started');
    await place.logged('socket listening');

    const { exitCode, stdout, stderr } = await new Commander(context, place).shell(
      '"$SYMPHONY" logs A-1 -f | head -n 1; "$SYMPHONY" status --watch | head -n 1',
    );

    expect(stdout).toMatch(/^\S+Z {2}\w+ +\w+ .*\nDaemon +running for /u);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('work through a directory too deep for a socket, and with --state-dir', async (context) => {
    const runtime = new Place(context).path;
    const place = new Place(context, {}, { XDG_RUNTIME_DIR: runtime });
    place.issue('A-1');
    const deep = join(place.path, 'd'.repeat(120));
    const daemon = place.run('--state-dir', deep);
    const commander = new Commander(context, place);
    await until(
      'the socket',
      () => existsSync(join(deep, 'api.sock.path')),
      () => place.explain(),
    );
    const socket = readFileSync(join(deep, 'api.sock.path'), 'utf8').trim();

    await until(
      'the daemon',
      async () => (await commander.run('status', '--state-dir', deep)).exitCode === 0,
    );
    expect(await commander.says('pause', '--state-dir', deep)).toBe('Nothing new is started.');
    expect(socket.startsWith(runtime)).toBe(true);
    expect((await commander.run('status')).stderr).toContain('no daemon has run with the state directory');
    await daemon.kill('SIGTERM');

    expect([existsSync(socket), existsSync(join(deep, 'api.sock.path'))]).toEqual([false, false]);
  });

  test('are taken from people only: not from a workspace, nor from an agent', async (context) => {
    if (!existsSync('/proc/self/fd')) context.skip('because this machine does not tell what a process holds');
    const { place, commander } = await aBusyDaemon(context);
    const workflow = join(place.path, 'WORKFLOW.md');

    const fromWorkspace = await commander.runIn('workspaces/A-1', 'stop', 'A-1', '--workflow', workflow);
    const reading = await commander.runIn('workspaces/A-1', 'status', '--workflow', workflow);

    expect(fromWorkspace.stderr).toMatch(/which works in a workspace under .* \[forbidden_process\]$/u);
    expect(reading.exitCode).toBe(0);
    expect((await commander.state()).counts).toMatchObject({ running: 1, parked: 0 });
  });
});

describe.concurrent('without a daemon', DAEMON_TEST, () => {
  test('every command says whether none ever ran, none runs, or one crashed', async (context) => {
    const place = new Place(context);
    const commander = new Commander(context, place);
    const never = await commander.run('status');
    const daemon = place.run();
    await place.logged('socket listening');
    await daemon.kill('SIGTERM');
    const stopped = await commander.run('stop', 'A-1');
    const crashing = place.run();
    await place.logged('socket listening', 2);
    await crashing.kill('SIGKILL');
    const crashed = await commander.run('explain', 'A-1');

    for (const { exitCode, stdout } of [never, stopped, crashed]) expect([exitCode, stdout]).toEqual([1, '']);
    expect(never.stderr).toMatch(/^symphony: no daemon has run with .* \[daemon_unreachable\]$/u);
    expect(stopped.stderr).toMatch(/^symphony: no daemon runs with .* \[daemon_unreachable\]$/u);
    expect(crashed.stderr).toMatch(
      /has gone without removing it, as after a crash.* \[daemon_unreachable\]$/u,
    );
  });

  test('a socket that may not be used says so', async (context) => {
    if (process.getuid?.() === 0) context.skip('because root may use everything');
    const place = new Place(context);
    place.run();
    await place.logged('socket listening');
    chmodSync(join(place.path, STATE), 0o000);
    const { stderr } = await new Commander(context, place).run('status');
    chmodSync(join(place.path, STATE), 0o700);

    expect(stderr).toMatch(/may not be read\. Run the command as the user .* \[daemon_unreachable\]$/u);
  });
});

describe.concurrent('a terminal', DAEMON_TEST, () => {
  test.for(['q', 'C-c'])(
    'is attached to the dashboard of a running daemon until %s',
    async (key, context) => {
      needs(context, 'tmux');
      const { place, commander, daemon } = await aBusyDaemon(context);
      const terminal = inTerminal(context, {
        args: [commander.program, 'attach'],
        cwd: place.path,
        env: commander.env,
      });
      await terminal.shows('A-1');
      await terminal.shows('attached');

      terminal.press('p');
      await terminal.shows('PAUSED');
      terminal.press(key);
      await terminal.shows('exit=0');

      expect(await commander.state()).toMatchObject({ counts: { running: 1 }, hold: { kind: 'paused' } });
      await daemon.kill('SIGTERM');
    },
  );

  test('is needed for that', async (context) => {
    const { commander } = await aBusyDaemon(context);

    expect(await commander.run('attach')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('attach needs a terminal'),
    });
  });
});
