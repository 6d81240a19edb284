import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.js';
import { DAEMON_TEST } from '../../../helpers/board-daemon.js';
import { needsCodex } from '../../../helpers/codex/codex.js';
import { aCodexScene, moveTo } from '../../../helpers/codex/codex-scene.js';
import { CODEX, OLD_CODEX } from '../../../helpers/codex/installation.js';
import { ended } from '../../../helpers/linear/linear-daemon.js';

// Goal: WORKFLOW.md files as teams have them go on to work, with whatever Codex is installed (issue 4, 1).

/** As the reference's own file has it. */
const COMMAND = `codex --config shell_environment_policy.inherit=all --config 'model="gpt-5.5"' --config model_reasoning_effort=xhigh app-server`;

/** The reference's default. */
const REJECT: JsonValue = { reject: { sandbox_approval: true, rules: true, mcp_elicitations: true } };

/** Policies that a version of Codex does not know, or not any more. */
const INSTALLED = [
  { version: CODEX, obsolete: [REJECT, 'on-failure'] },
  { version: OLD_CODEX, obsolete: [REJECT] },
];

describe.concurrent.each(INSTALLED)(
  'a file from the wild on Codex $version',
  DAEMON_TEST,
  ({ version, obsolete }) => {
    const installed = needsCodex(version);

    /** A place where `codex` is on the PATH of a login shell, and its provider in the user's own configuration. */
    async function aMachine(context: Parameters<typeof aCodexScene>[0], program: string, codex: JsonObject) {
      const scene = await aCodexScene(context, {
        version,
        env: { FOO_TOKEN: 'foo' },
        sections: { codex: { command: COMMAND, ...codex }, hooks: { after_run: 'cp seen.env ../../' } },
      });
      const { place, model } = scene;
      place.write('home/.profile', `PATH=${dirname(program)}:$PATH\n`);
      mkdirSync(join(place.path, 'home/.codex'));
      place.write('home/.codex/config.toml', configuration(model.baseUrl));
      scene.put('A-1', `[[exec: env > seen.env]] ${moveTo('Done')} [[say: Done.]]`);
      return scene;
    }

    test('runs its command with flags and quotes, and keeps secrets from commands all the same', async (context) => {
      const { wrapper } = installed(context);
      const { place, model } = await aMachine(context, wrapper, {
        approval_policy: 'never',
        thread_sandbox: 'workspace-write',
        turn_sandbox_policy: { type: 'workspaceWrite' },
      });
      const before = place.lines('home/.codex/config.toml');

      expect((await ended(place.run('--until-idle'), place)).code).toBe(0);

      expect(place.stateOf('A-1')).toBe('Done');
      expect(place.lines('seen.env').filter((line) => line.startsWith('FOO_TOKEN='))).toEqual([]);
      expect(model.requests[0]).toMatchObject({ model: 'gpt-5.5', authorization: 'Bearer none' });
      expect(place.lines('home/.codex/config.toml')).toEqual(before);
    });

    for (const policy of obsolete) {
      test(`with the approval policy ${JSON.stringify(policy)} works, and one warning says what is sent in its place`, async (context) => {
        const { wrapper } = installed(context);
        const { place } = await aMachine(context, wrapper, { approval_policy: policy });

        expect((await ended(place.run('--until-idle'), place)).code).toBe(0);

        expect(place.stateOf('A-1')).toBe('Done');
        const warnings = place
          .log()
          .filter(({ level }) => level === 'warn')
          .map((entry) => JSON.stringify(entry));
        expect(warnings.filter((line) => line.includes('approval_policy'))).toHaveLength(1);
      });
    }
  },
);

function configuration(baseUrl: string): string {
  return `model_provider = "loopback"
[model_providers.loopback]
name = "loopback"
base_url = "${baseUrl}"
env_key = "LOOPBACK_KEY"
wire_api = "responses"
`;
}
