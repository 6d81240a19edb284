import { readdirSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, type DaemonProcess, type Place, until } from '../../../helpers/board-daemon.js';
import { needsCodex } from '../../../helpers/codex/codex.js';
import { aCodexScene, type CodexScene, moveTo } from '../../../helpers/codex/codex-scene.js';
import { CODEX, OLD_CODEX } from '../../../helpers/codex/installation.js';
import { ended } from '../../../helpers/linear/linear-daemon.js';
import { HARD_TREE, HARD_TREE_SIZE, leftOf } from '../../../helpers/processes.js';

// Goal: whatever ends a run of the real Codex leaves none of its processes, also not those of commands that heed no TERM,
// have a session of their own, or have lost their parents (issue 4, 7).

/** Long enough for a busy machine to start Codex in. */
const STALLS = { stall_timeout_ms: 15_000 };

/** A run of A-1 whose command has grown a tree that is hard to end, out of its sandbox. */
async function aStubbornRun(
  context: Parameters<typeof aCodexScene>[0],
  program: string,
): Promise<CodexScene & { readonly daemon: DaemonProcess; readonly started: readonly number[] }> {
  const scene = await aCodexScene(context, {
    program,
    sections: { codex: { thread_sandbox: 'danger-full-access' } },
  });
  scene.put('A-1', `[[exec: exec > ../../numbers\n${HARD_TREE}]]`);
  const daemon = await scene.place.daemon();
  const { place } = scene;
  // Only a test that fails has any left.
  context.onTestFinished(() => workingIn(place).forEach((pid) => void process.kill(pid, 'SIGKILL')));
  await until(
    'the command',
    () => place.lines('numbers').length === HARD_TREE_SIZE,
    () => place.explain(),
  );
  const tree = place.lines('numbers').map(Number);
  expect(workingIn(place)).toEqual(expect.arrayContaining(tree));
  return { ...scene, daemon, started: [...new Set([...daemon.descendants(), ...tree])] };
}

/** Processes that work below a place; they need not descend from anything any more. */
function workingIn({ path }: Place): number[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    return Number.isInteger(pid) && directoryOf(pid).startsWith(`${path}/workspaces`) ? [pid] : [];
  });
}

function directoryOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // It has ended, or belongs to someone else.
    return '';
  }
}

describe.concurrent.each([CODEX, OLD_CODEX])('a run of Codex %s', DAEMON_TEST, (version) => {
  const installed = needsCodex(version);

  test('ends with all its processes when a person closes its issue', async (context) => {
    const { wrapper } = installed(context, { sandbox: false });
    const { place, put, daemon, started } = await aStubbornRun(context, wrapper);

    put('A-1', 'Never mind.', { state: 'Cancelled' });

    await until(
      'the workspace gone',
      () => !place.has('workspaces/A-1'),
      () => place.explain(),
    );
    expect(daemon.descendants()).toEqual([]);
    expect(await leftOf(started)).toEqual([]);
    expect(workingIn(place)).toEqual([]);
  });

  test('ends with all its processes when a person takes its issue back, and keeps its workspace', async (context) => {
    const { wrapper } = installed(context, { sandbox: false });
    const { place, put, daemon, started } = await aStubbornRun(context, wrapper);

    put('A-1', 'Not yet.', { state: 'Backlog' });

    await daemon.showing('its release', ({ counts }) => counts.running === 0);
    expect(await leftOf(started)).toEqual([]);
    expect(workingIn(place)).toEqual([]);
    expect(place.has('workspaces/A-1')).toBe(true);
  });

  test('ends with all its processes when the daemon is asked to end', async (context) => {
    const { wrapper } = installed(context, { sandbox: false });
    const { place, daemon, started } = await aStubbornRun(context, wrapper);

    expect(await daemon.kill('SIGTERM')).toMatchObject({ signal: null });

    expect(await leftOf(started)).toEqual([]);
    expect(workingIn(place)).toEqual([]);
  });

  test('ends with all its processes when the daemon is killed', async (context) => {
    const { wrapper } = installed(context, { sandbox: false });
    const { place, daemon, started } = await aStubbornRun(context, wrapper);

    await daemon.kill('SIGKILL');

    expect(await leftOf(started)).toEqual([]);
    expect(workingIn(place)).toEqual([]);
  });
});

describe.concurrent('a run of the real Codex', DAEMON_TEST, () => {
  const installed = needsCodex();

  test('without the wrapper of npm ends with all its processes as well', async (context) => {
    const { native } = installed(context, { sandbox: false });
    const { place, put, daemon, started } = await aStubbornRun(context, native);

    put('A-1', 'Not yet.', { state: 'Backlog' });

    await daemon.showing('its release', ({ counts }) => counts.running === 0);
    expect(await leftOf(started)).toEqual([]);
    expect(workingIn(place)).toEqual([]);
  });

  test('whose model says nothing at all is stopped for its silence and tried again', async (context) => {
    installed(context, { sandbox: false });
    const { place, put } = await aCodexScene(context, { sections: { codex: STALLS } });
    put('A-1', `[[silence]] ${moveTo('Done')} [[say: Done.]]`);

    expect((await ended(place.run('--until-idle'), place)).code).toBe(0);

    expect(place.stateOf('A-1')).toBe('Done');
    expect(place.log()).toContainEqual(
      expect.objectContaining({ message: 'run stopping', cause: 'stalled' }),
    );
  });

  test('is not stopped for the silence of a command that runs', async (context) => {
    installed(context);
    const { place, put } = await aCodexScene(context, { sections: { codex: STALLS } });
    put('A-1', `[[exec: sleep 20]] ${moveTo('Done')} [[say: Done.]]`);

    const daemon = place.run('--until-idle');

    expect((await ended(daemon, place)).code).toBe(0);
    expect(daemon.stdout).toContain('1 run, 0 retries, 0 failures');
  });
});
