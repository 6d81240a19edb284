import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, type Ending, Place } from '../helpers/board-daemon.js';
import { needs } from '../helpers/needs.js';
import { leftOf } from '../helpers/processes.js';
import { Tmux } from '../helpers/tmux.js';
import { guardOf, guardsOf, hasExited, isAsBefore, screenOf, TAKEN, TELL_EXIT } from './guarded-terminal.js';

// Goal: the built program, killed at a terminal, leaves it as it found it.

const CLI = new URL('../../dist/cli.js', import.meta.url).pathname;

type Context = Ending & Parameters<typeof needs>[0];

/** A terminal in which a script starts the built program in a place, and goes on when it has ended. */
function aTerminal(place: Place, args = ''): Tmux {
  const program = `cd "$place" && echo $$ >"$directory/pid" && exec "${process.execPath}" "${CLI}" ${args}`;
  const command = `trap : INT; echo before the dashboard; stty -g >"$directory/before"; sh -c '${program}'; ${TELL_EXIT}; exec cat`;
  return new Tmux({ command, env: { place: place.path, HOME: `${place.path}/home`, LANG: 'C.UTF-8' } });
}

function aPlace(context: Context): Place {
  needs(context, 'tmux', 'stty', 'ps');
  const place = new Place(context);
  place.issue('A-1');
  return place;
}

async function isKilled(terminal: Tmux): Promise<void> {
  await terminal.until(() => expect(screenOf(terminal)).toBe(TAKEN));
  const program = Number(terminal.file('pid'));
  const guard = await guardOf(terminal, program);

  process.kill(program, 'SIGKILL');

  await hasExited(terminal, 137);
  await isAsBefore(terminal, terminal.file('before'));
  expect(await leftOf([guard])).toEqual([]);
}

describe('kill -9 leaves the terminal as it was', DAEMON_TEST, () => {
  test('of a daemon', async (context) => {
    const terminal = aTerminal(aPlace(context));

    await terminal.shows('● A-1');

    await isKilled(terminal);
  });

  test('of an attached dashboard, and the daemon’s own is not touched', async (context) => {
    const place = aPlace(context);
    const daemon = aTerminal(place);
    await place.logged('socket listening');
    await daemon.until(() => expect(screenOf(daemon)).toBe(TAKEN));
    await guardOf(daemon, Number(daemon.file('pid')));
    const attached = aTerminal(place, 'attach');

    await attached.shows('● A-1');
    await isKilled(attached);

    expect(screenOf(daemon)).toBe(TAKEN);
    expect(guardsOf(Number(daemon.file('pid')))).toHaveLength(1);
    daemon.press('C-c');
    await hasExited(daemon, 0);
    expect(guardsOf(Number(daemon.file('pid')))).toEqual([]);
  });

  test('of a daemon without a dashboard, which has nothing to give back and no guard', async (context) => {
    const place = aPlace(context);
    const terminal = aTerminal(place, '--no-dashboard');
    await terminal.shows('A-1');

    expect(guardsOf(Number(terminal.file('pid')))).toEqual([]);
    terminal.press('C-c');
    await hasExited(terminal, 0);
  });
});
