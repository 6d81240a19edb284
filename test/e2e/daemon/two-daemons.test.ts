import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agentCommand, DAEMON_TEST, LEAVES_A_CHILD, Place } from '../../helpers/board-daemon.js';
import { needs } from '../../helpers/needs.js';

// Goal: two daemons on one board, each with its own state directory, never work on an issue at once, and none is lost.

/** Tells when an agent begins while what another one of its issue started is still there: only the last of them lets go. */
const ALONE =
  'exec 9>"../../agent-$SYMPHONY_ISSUE_IDENTIFIER"; flock -n 9 || echo overlap >> ../../journal; ' +
  LEAVES_A_CHILD;

describe.concurrent('two daemons with the same board and workspaces', DAEMON_TEST, () => {
  test('take turns: the second tells who has the issue, and goes on when the first is killed', async (context) => {
    needs(context, 'flock');
    const place = new Place(context, { codex: { command: agentCommand(undefined, ALONE) } });
    place.issue('A-1');
    const first = await place.daemon();
    await first.running('A-1');
    const second = await place.daemon('--state-dir', join(place.path, 'second state'));

    const { retrying } = await second.showing('the reason, after some tries', (state) =>
      state.retrying.some(({ attempt }) => attempt > 2),
    );
    expect(retrying).toMatchObject([
      {
        issue_identifier: 'A-1',
        error:
          `workspace A-1 is in use by another daemon (pid ${first.pid} on ${hostname()}, state directory ` +
          `${join(place.path, '.symphony/WORKFLOW.md')}): stop one of them, or give each its own workspace.root`,
      },
    ]);
    expect(place.attempts()).toEqual([null]);
    place.append('workspaces/A-1/notes', 'half of the work\n');

    await first.kill('SIGKILL');
    await second.running('A-1');

    expect(place.attempts()).toHaveLength(2);
    expect(place.lines('workspaces/A-1/notes')).toEqual(['half of the work']);
    place.order('A-1', 'done');
    await second.showing(
      'nothing left',
      ({ running, retrying: waiting }) => running.length + waiting.length === 0,
    );
    expect(place.journal()).not.toContain('overlap');
  });

  test('share the issues of a board, each is worked on by one of them, and all are finished', async (context) => {
    needs(context, 'flock');
    const place = new Place(context, { codex: { command: agentCommand('done', ALONE) } });
    const identifiers = ['A-1', 'A-2', 'A-3', 'A-4', 'A-5', 'A-6'];
    for (const identifier of identifiers) place.issue(identifier);

    const daemons = [
      place.run('--until-idle'),
      place.run('--until-idle', '--state-dir', join(place.path, 'other')),
    ];
    await Promise.all(daemons.map(({ exited }) => exited));

    expect(identifiers.map((identifier) => place.stateOf(identifier))).toEqual(Array(6).fill('Done'));
    expect(place.journal()).not.toContain('overlap');
    expect(identifiers.filter((identifier) => place.has(`workspaces/${identifier}`))).toEqual([]);
  });
});
