import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, Place, until } from '../../helpers/board-daemon.js';
import { tokenOf } from '../../helpers/daemon-calls.js';
import { Commander } from './commander.js';
import { JOURNAL } from './lives.js';

// Goal: whoever cleans a repository while its daemon runs does not lose sight of the daemon, and never gets a second one.

const STATE = '.symphony/WORKFLOW.md';

/** As `git clean -fdx` does, also where something is being written. */
function cleaned(place: Place): void {
  rmSync(join(place.path, '.symphony'), { recursive: true, maxRetries: 20 });
}

describe.concurrent('a state directory that is removed while its daemon runs', DAEMON_TEST, () => {
  test('is made anew: commands reach the daemon, a second one is refused, and work and log go on', async (context) => {
    const place = new Place(context);
    const commander = new Commander(context, place);
    place.issue('A-1');
    const daemon = await place.daemon();
    await daemon.running('A-1');
    await place.logged('socket listening');
    // A decision that is still to be written into a directory that has gone is a problem of its own.
    await until('its turn kept', () => place.lines(JOURNAL).some((line) => line.includes('"turn-1"')));
    const token = tokenOf(place);

    cleaned(place);
    const { problems } = await daemon.showing('the problem', (state) => state.problems.length > 0);

    expect(problems).toMatchObject([
      {
        code: 'state_directory_unavailable',
        message: expect.stringMatching(/removed while the daemon runs.*made anew/u),
      },
    ]);
    expect((await commander.state()).running).toMatchObject([{ issue_identifier: 'A-1' }]);
    expect(await commander.says('pause')).toBe('Nothing new is started.');
    expect(await commander.says('token')).toBe(token);
    expect(place.lines('.symphony/.gitignore')).toEqual(['*']);
    expect(place.has(`${STATE}/clock.json`)).toBe(true);
    expect(statSync(join(place.path, STATE, 'transcripts')).mode & 0o777).toBe(0o700);
    const second = place.run();
    expect((await second.exited).code).toBe(1);
    expect(second.stderr).toContain('[state_directory_locked]');
    expect(place.attempts()).toEqual([null]);
    place.order('A-1', 'done');
    await place.logged('run completed');
    expect(place.log()).toContainEqual(
      expect.objectContaining({ level: 'warn', code: 'state_directory_unavailable' }),
    );
    expect(await daemon.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    for (const name of ['lock', 'api.sock']) expect(existsSync(join(place.path, STATE, name))).toBe(false);
  });

  test('and taken by a second one meanwhile is left to that one: the first says so and stops', async (context) => {
    const place = new Place(context);
    const commander = new Commander(context, place);
    const first = await place.daemon();
    await place.logged('socket listening');

    // So that it does not notice before the second one is there.
    first.signal('SIGSTOP');
    cleaned(place);
    const second = await place.daemon();
    await place.logged('socket listening');
    const token = tokenOf(place);
    first.signal('SIGCONT');

    expect((await first.exited).code).toBe(1);
    expect(first.stderr).toMatch(
      new RegExp(
        `another symphony \\(process ${second.pid}\\).*this one stops.*\\[state_directory_locked\\]`,
        's',
      ),
    );
    expect((await commander.state()).mode).toBe('running');
    expect([tokenOf(place), place.has(`${STATE}/lock`)]).toEqual([token, true]);
    expect(place.log()).toContainEqual(expect.objectContaining({ code: 'state_directory_locked' }));
    expect(await second.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    await until('the end of its lock', () => !place.has(`${STATE}/lock`));
  });
});
