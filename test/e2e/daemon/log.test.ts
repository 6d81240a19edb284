import { describe, expect, test } from 'vitest';
import { agentCommand, DAEMON_TEST, Place } from '../../helpers/board-daemon.js';

// Goal: who reads the log of a night knows what happened to which issue, and pipes get plain text (SPEC 13.1, 13.2).

describe.concurrent('the log', DAEMON_TEST, () => {
  test('is JSON lines in which everything about an issue names it, and everything of a session that', async (context) => {
    const place = new Place(context, {
      hooks: { before_run: 'true' },
      codex: { command: agentCommand('done') },
    });
    place.issue('A-1');
    place.order('A-1', 'crash');

    expect((await place.run('--until-idle').exited).code).toBe(0);

    const log = place.log();
    for (const entry of log) {
      expect(entry).toMatchObject({
        level: expect.stringMatching(/^(debug|info|warn|error)$/),
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        message: expect.any(String),
      });
    }
    const aboutTheDaemon = [
      ...['orchestrator started', 'socket listening', 'shutdown requested', 'symphony stopped'],
    ];
    const others = log.filter(({ message, issue_identifier }) => {
      return issue_identifier !== 'A-1' && !aboutTheDaemon.includes(message);
    });
    expect(others).toEqual([]);
    expect(
      log.filter(
        ({ issue_identifier, issue_id }) => (issue_identifier === undefined) !== (issue_id === undefined),
      ),
    ).toEqual([]);
    const messages = log.map(({ message }) => message);
    const story = ['run started', 'hook completed', 'agent session_started', 'run failed', 'retry scheduled'];
    expect(messages).toEqual(expect.arrayContaining([...story, 'run completed', 'workspace removed']));
    const sessions = log.filter(({ message }) =>
      /^(agent (session|turn)|run (failed|completed))/.test(message),
    );
    expect(sessions.filter(({ session_id }) => !/^thread-\d+-turn-1$/.test(String(session_id)))).toEqual([]);
    expect(log.find(({ message }) => message === 'run failed')).toMatchObject({
      outcome: 'agentFailed',
      code: 'port_exit',
      reason: expect.stringContaining('panicked on purpose'),
    });
  });

  test('is told on stderr without colours, and stdout holds the address and the summary alone', async (context) => {
    const place = new Place(context, { codex: { command: agentCommand('done') } });
    place.issue('A-1');

    const daemon = place.run('--port', '0', '--until-idle');
    await daemon.exited;

    expect(daemon.stderr).toContain('run started');
    expect(daemon.stderr).toContain('A-1');
    expect(`${daemon.stdout}${daemon.stderr}`).not.toContain('\u001b');
    const [address, ...summary] = daemon.stdout.trimEnd().split('\n');
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(summary.at(-1)).toBe(`Log: ${place.path}/.symphony/WORKFLOW.md/log/symphony.log`);
  });

  test('goes where --logs-root says', async (context) => {
    const place = new Place(context);

    const daemon = place.run('--logs-root', 'logs', '--state-dir', 'state', '--until-idle');
    await daemon.exited;

    expect(place.lines('logs/log/symphony.log').length).toBeGreaterThan(0);
    expect(place.has('.symphony')).toBe(false);
    expect(place.has('state')).toBe(true);
    expect(daemon.stdout).toContain(`${place.path}/logs/log/symphony.log`);
  });

  test('that cannot be written stops no work', async (context) => {
    const place = new Place(context, { codex: { command: agentCommand('done') } });
    place.write('logs', 'a file where a directory should be\n');
    place.issue('A-1');

    const daemon = place.run('--logs-root', 'logs', '--until-idle');

    expect((await daemon.exited).code).toBe(0);
    expect(place.stateOf('A-1')).toBe('Done');
    expect(daemon.stderr).toMatch(/log.*logs/);
  });
});
