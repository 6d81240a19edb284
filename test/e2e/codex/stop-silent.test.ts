import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, until } from '../../helpers/board-daemon.js';
import { needsCodex } from '../../helpers/codex/codex.js';
import { aCodexScene } from '../../helpers/codex/codex-scene.js';
import { leftOf } from '../../helpers/processes.js';

// Goal: also a run that is ended for its silence leaves nothing of the real Codex.

/** A command that heeds nothing, with a child in another session; both tell their numbers and then nothing. */
const SILENT =
  "trap '' TERM INT HUP; setsid sh -c 'trap \"\" TERM; echo child $$ >> ../../journal; while :; do sleep 1000; done' & " +
  'echo child $$ >> ../../journal; while :; do sleep 1000; done';

describe('a run of the real Codex whose command is silent', () => {
  const installed = needsCodex();

  test(
    'for codex.command_timeout_ms ends with all its processes and is tried again',
    DAEMON_TEST,
    async (context) => {
      installed(context, { sandbox: false });
      const { place, model, put } = await aCodexScene(context, {
        sections: {
          codex: {
            thread_sandbox: 'danger-full-access',
            // Long enough for a busy machine to start the command in.
            command_timeout_ms: 6_000,
            stall_timeout_ms: 60_000,
          },
        },
      });
      put('A-1', `[[hold]] [[exec: ${SILENT}]] [[hold]]`);
      const asks = (): Promise<true> =>
        until(
          'the model asked',
          () => model.isHolding('A-1'),
          () => place.explain(),
        );
      const daemon = await place.daemon();
      await asks();
      // Before the command begins, as its retry may follow sooner than a slow machine looks.
      const agent = daemon.descendants();
      model.release('A-1');
      await asks();

      expect(place.children()).toHaveLength(2);
      expect(await leftOf([...agent, ...place.children()])).toEqual([]);
      expect(JSON.stringify(place.log())).toContain(
        'codex.command_timeout_ms: nothing was heard for 6 s of trap',
      );
      expect((await daemon.state()).running).toMatchObject([{ issue_identifier: 'A-1', attempt: 1 }]);
    },
  );
});
