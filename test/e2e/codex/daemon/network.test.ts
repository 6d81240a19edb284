import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/domain/json.js';
import { DAEMON_TEST } from '../../../helpers/board-daemon.js';
import { needsCodex } from '../../../helpers/codex/codex.js';
import { aCodexScene, moveTo } from '../../../helpers/codex/codex-scene.js';
import { CODEX, OLD_CODEX } from '../../../helpers/codex/installation.js';
import { ended } from '../../../helpers/linear/linear-daemon.js';

// Goal: commands of the real Codex reach the network only where the file lets them (issue 4, 2).

const POLICIES: readonly { readonly title: string; readonly codex: JsonObject; readonly reached: string }[] =
  [
    { title: 'is out of reach unless the file says otherwise', codex: {}, reached: 'no' },
    {
      title: 'is in reach where the policy of a turn says so',
      codex: { turn_sandbox_policy: { type: 'workspaceWrite', networkAccess: true } },
      reached: 'yes',
    },
    {
      title: 'is in reach without a sandbox',
      codex: { thread_sandbox: 'danger-full-access' },
      reached: 'yes',
    },
  ];

describe.concurrent.each([CODEX, OLD_CODEX])(
  'the network of commands of Codex %s',
  DAEMON_TEST,
  (version) => {
    const installed = needsCodex(version);

    for (const { title, codex, reached } of POLICIES) {
      test(title, async (context) => {
        installed(context);
        const { place, model, put } = await aCodexScene(context, {
          version,
          sections: { codex, hooks: { after_run: 'cp reached ../../reached' } },
        });
        const look = `fetch('${model.baseUrl}').then(() => console.log('yes'), () => console.log('no'))`;
        put('A-1', `[[exec: '${process.execPath}' -e "${look}" > reached]] ${moveTo('Done')} [[say: Done.]]`);

        expect((await ended(place.run('--until-idle'), place)).code).toBe(0);

        expect(place.lines('reached')).toEqual([reached]);
      });
    }
  },
);
