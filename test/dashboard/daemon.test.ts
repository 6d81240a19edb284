import { describe, expect, test } from 'vitest';
import { agentCommand, DAEMON_TEST, Place, until } from '../helpers/board-daemon.js';
import { needs } from '../helpers/needs.js';
import { inTerminal } from '../helpers/terminal-session.js';

// Goal: who starts the built program on a terminal sees and steers all of it from there.

const CLI = new URL('../../dist/cli.js', import.meta.url).pathname;
const ASKS = { approval_policy: 'on-request', command: agentCommand() };

type Context = ConstructorParameters<typeof Place>[0] & Parameters<typeof needs>[0];

/** A daemon on a terminal that works on A-1 while A-2 waits. */
async function aDaemonOnATerminal(context: Context) {
  needs(context, 'tmux');
  const place = new Place(context, { agent: { max_concurrent_agents: 1 }, codex: ASKS });
  place.issue('A-1', { priority: 1, title: 'Ein\u0007 漢字 Titel' });
  place.issue('A-2');
  const env = { HOME: `${place.path}/home`, LANG: 'C.UTF-8' };
  const terminal = inTerminal(context, { args: [CLI], cwd: place.path, env });
  await terminal.shows('● A-1');
  return { place, terminal };
}

describe.concurrent('a daemon on a terminal', DAEMON_TEST, () => {
  test('shows what runs and why the rest waits, live', async (context) => {
    const { place, terminal } = await aDaemonOnATerminal(context);

    await terminal.shows('1 running · 1 waiting');
    await terminal.shows('Agents       1/1');
    terminal.press('Down');
    await terminal.shows('╰─ A-1  Ein 漢字 Titel');
    terminal.press('Down');
    terminal.press('Enter');
    await terminal.shows('1/1 slots used by A-1');
    terminal.press('Escape');
    await terminal.shows('╰─ A-2');
    terminal.press('Up');
    terminal.press('Enter');
    await terminal.shows('turn started');
    place.order('A-1', 'complete');
    await terminal.shows('turn completed');

    terminal.press('C-c');
    await terminal.shows('exit=0');
  });

  test('takes orders: stops a run, begins it again, pauses, resumes', async (context) => {
    const { terminal } = await aDaemonOnATerminal(context);

    terminal.press('Down');
    terminal.press('s');
    await terminal.shows('Stop the run of A-1?');
    terminal.press('y');
    await terminal.shows('■ A-1');
    await terminal.shows('● A-2');
    await terminal.shows('╰─ A-1');
    terminal.press('p');
    await terminal.shows('PAUSED for');
    terminal.press('p');
    await terminal.shows('Dispatch goes on.');
    terminal.press('t');
    await terminal.shows('↻ A-1');

    terminal.press('C-c');
    await terminal.shows('exit=0');
  });

  test('answers what an agent asks, and drains', async (context) => {
    const { place, terminal } = await aDaemonOnATerminal(context);

    place.order('A-1', 'ask');
    await terminal.shows('? A-1');
    terminal.press('Down');
    terminal.press('a');
    await terminal.shows('❯ 1 Approve');
    await terminal.shows('npm publish');
    terminal.press('3');
    await terminal.shows('❯ 3');
    terminal.press('Enter');
    await terminal.shows('▏');
    terminal.answer('Nur „beta“ bitte');
    await terminal.shows('A-1 is answered');
    place.order('A-2', 'done');
    await until('the answer', () =>
      place.lines('prompts').some((line) => line.includes('A person answers: Nur „beta“ bitte')),
    );

    terminal.press('q');
    await terminal.shows('Quit Symphony?');
    terminal.press('d');
    await terminal.shows('DRAINING for');
    place.order('A-1', 'done');
    await terminal.shows('exit=0');
    expect(terminal.screen()).not.toContain('SYMPHONY');
  });

  test('explains an issue that no poll listed, also on a terminal that is attached', async (context) => {
    const { place, terminal } = await aDaemonOnATerminal(context);
    place.issue('B-7', { state: 'Someday', title: 'Ein anderes' });
    const env = { HOME: `${place.path}/home`, LANG: 'C.UTF-8' };
    await place.logged('socket listening');
    const other = inTerminal(context, { args: [CLI, 'attach'], cwd: place.path, env });
    await other.shows('● A-1');

    for (const each of [terminal, other]) {
      each.answer('/b-7');
      await each.shows('╭─ B-7  Ein anderes');
      await each.shows('Someday · ineligible');
      await each.shows('✗ active');
      each.answer('/b-8');
      await each.shows('The tracker knows no issue b-8.');
      each.press('Escape');
      await each.shows('↑↓ select');
      each.answer('/a-2');
      await each.shows('╭─ A-2  Title of A-2');
    }

    other.press('C-c');
    terminal.press('C-c');
    await terminal.shows('exit=0');
  });

  test('is shown as well on another terminal, which leaves it alone when it goes', async (context) => {
    const { place, terminal } = await aDaemonOnATerminal(context);
    const env = { HOME: `${place.path}/home`, LANG: 'C.UTF-8' };
    await place.logged('socket listening');
    const other = inTerminal(context, { args: [CLI, 'attach'], cwd: place.path, env });

    await other.shows('SYMPHONY attached');
    await other.shows('● A-1');
    other.press('Down');
    other.press('Enter');
    await other.shows('turn started');
    other.press('s');
    await other.shows('Stop the run of A-1?');
    other.press('y');
    await Promise.all([terminal.shows('■ A-1'), other.shows('is being stopped')]);
    other.press('q');
    await other.shows('■ A-1');
    other.press('q');
    await other.shows('exit=0');

    await terminal.shows('● A-2');
    terminal.press('C-c');
    await terminal.shows('exit=0');
  });
});
