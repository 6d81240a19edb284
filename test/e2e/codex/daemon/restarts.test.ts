import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, type DaemonProcess, until } from '../../../helpers/board-daemon.js';
import { needsCodex } from '../../../helpers/codex/codex.js';
import { aCodexScene, type CodexScene, moveTo } from '../../../helpers/codex/codex-scene.js';
import { CODEX, OLD_CODEX } from '../../../helpers/codex/installation.js';
import { Operator } from '../../../helpers/daemon-calls.js';

// Goal: the threads and the questions of the real Codex outlive the daemon that began them (issue 4, 4 and 6).

const JOURNAL = '.symphony/WORKFLOW.md/journal.jsonl';
const APPEND = '[[exec: echo made >> log]]';

/** The threads that asked the model for A-1, each once and in order. */
function threadsOf({ model }: CodexScene): string[] {
  return [...new Set(model.requests.flatMap((request) => (request.key === 'A-1' ? [request.thread] : [])))];
}

async function holding({ model, place }: CodexScene): Promise<void> {
  await until(
    'the model asked in A-1',
    () => model.isHolding('A-1'),
    () => place.explain(),
  );
}

/** Waits until the journal of the daemon holds this. */
async function kept({ place }: CodexScene, text: string): Promise<void> {
  await until(
    `${text} in the journal of the daemon`,
    () => place.lines(JOURNAL).some((line) => line.includes(text)),
    () => place.explain(),
  );
}

/** Kills the daemon; its Codex ends a moment after it. */
async function killed({ model, place }: CodexScene, daemon: DaemonProcess): Promise<void> {
  expect(await daemon.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  await until(
    'nobody that asks the model',
    () => !model.isHolding('A-1'),
    () => place.explain(),
  );
}

describe.concurrent.each([CODEX, OLD_CODEX])(
  'after a kill of the daemon, Codex %s',
  DAEMON_TEST,
  (version) => {
    const installed = needsCodex(version);

    test('runs a command once that was asked for before and approved after, on its thread, and asks anew after another kill', async (context) => {
      installed(context);
      const sections = { codex: { approval_policy: 'untrusted' } };
      const scene = await aCodexScene(context, { version, sections });
      const { place, put } = scene;
      put('A-1', `${APPEND} ${APPEND} [[hold]] ${APPEND} ${moveTo('Done')} [[say: Done.]]`);
      const first = await place.daemon();
      const before = await first.showing('the question', ({ counts }) => counts.blocked === 1);
      await kept(scene, '"kind":"blocked"');
      await killed(scene, first);

      const second = await place.daemon();
      const { blocked } = await second.showing('the question', ({ counts }) => counts.blocked === 1);
      expect(blocked).toEqual(before.blocked);
      expect(blocked[0]?.question.text).toContain('echo made >> log');
      expect(place.has('workspaces/A-1/log')).toBe(false);
      await new Operator(place, second).order('answer', 'A-1', { decision: 'approve' });
      await holding(scene);
      expect(place.lines('workspaces/A-1/log')).toEqual(['made']);
      await killed(scene, second);

      const third = await place.daemon();
      const again = await third.showing('it asks anew', ({ counts }) => counts.blocked === 1);
      expect(again.blocked[0]?.question.text).toBe(blocked[0]?.question.text);
      expect(place.lines('workspaces/A-1/log')).toEqual(['made']);
      await new Operator(place, third).order('answer', 'A-1', { decision: 'decline' });
      await until(
        'the issue done',
        () => place.stateOf('A-1') === 'Done',
        () => place.explain(),
      );
      expect(threadsOf(scene)).toHaveLength(1);
    });

    test('goes on with the thread of a turn in which it was killed, and is not told the task again', async (context) => {
      installed(context, { sandbox: false });
      const scene = await aCodexScene(context, { version });
      const { place, model, put } = scene;
      put('A-1', `[[hold]] [[say: Half.]] [[hold]] ${moveTo('Done')} [[say: Done.]]`);
      const first = await place.daemon();
      await holding(scene);
      await kept(scene, '"turnId":"');
      await killed(scene, first);

      const second = await place.daemon();
      await holding(scene);

      expect((await second.state()).running).toMatchObject([{ attempt: 1 }]);
      expect(threadsOf(scene)).toHaveLength(1);
      expect(JSON.stringify(model.inputs.at(-1)).split('Work on A-1.')).toHaveLength(2);
      model.release('A-1');
      await until(
        'the issue done',
        () => place.stateOf('A-1') === 'Done',
        () => place.explain(),
      );
    });
  },
);
