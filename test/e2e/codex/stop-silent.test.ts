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
            command_timeout_ms: 3_000,
            stall_timeout_ms: 60_000,
          },
        },
      });
      put('A-1', `[[exec: ${SILENT}]] [[hold]]`);
      const daemon = await place.daemon();
      await until(
        'the command',
        () => place.children().length === 2,
        () => place.explain(),
      );
      const started = [...daemon.descendants(), ...place.children()];

      await until(
        'the retry',
        () => model.isHolding('A-1'),
        () => place.explain(),
      );

      expect(await leftOf(started)).toEqual([]);
      expect(JSON.stringify(place.log())).toContain(
        'codex.command_timeout_ms: nothing was heard for 3 s of trap',
      );
      expect((await daemon.state()).running).toMatchObject([{ issue_identifier: 'A-1', attempt: 1 }]);
    },
  );
});
