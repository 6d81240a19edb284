import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, type Sections } from '../../../helpers/board-daemon.js';
import { needsCodex } from '../../../helpers/codex/codex.js';
import { codexCommand } from '../../../helpers/codex/codex-command.js';
import { SCRIPTED_PROMPT } from '../../../helpers/codex/codex-scene.js';
import { CODEX, OLD_CODEX } from '../../../helpers/codex/installation.js';
import { startModelServer } from '../../../helpers/codex/model-server.js';
import { scriptsOfIssues } from '../../../helpers/codex/script.js';
import type { LinearBoard } from '../../../helpers/linear/board.js';
import { aLinearScene, ended } from '../../../helpers/linear/linear-daemon.js';

// Goal: the real Codex works issues of Linear with the daemon's key, which no command of its ever sees (issue 4, 2 and 5).

/** A marker that moves an issue with Linear's tool. */
function moveInLinear(board: LinearBoard, identifier: string, state: string): string {
  const query =
    'mutation($id: String!, $stateId: String!) { issueUpdate(id: $id, input: { stateId: $stateId }) { success } }';
  const variables = { id: identifier, stateId: board.stateId('ENG', state) };
  return `[[call: linear_graphql ${JSON.stringify({ query, variables })}]]`;
}

const WITHHELD = /^(LINEAR_API_KEY|FOO_TOKEN|BAR_PASSWORD|LOOPBACK_KEY)=/;

interface LinearCodexSetup {
  readonly version: string;
  readonly sections?: Sections;
}

async function aLinearBoardOfCodex(
  context: Parameters<typeof aLinearScene>[0],
  { version, sections = {} }: LinearCodexSetup,
) {
  const model = await startModelServer(scriptsOfIssues, { kind: 'silence' }, { context });
  const scene = await aLinearScene(context, {
    sections: { ...sections, codex: { command: codexCommand(model.baseUrl, { version }) } },
    env: (apiKey) => ({
      LINEAR_API_KEY: apiKey,
      LOOPBACK_KEY: 'key-of-the-provider',
      FOO_TOKEN: 'foo',
      BAR_PASSWORD: 'bar',
      VISIBLE: 'yes',
    }),
  });
  scene.place.workflow({}, SCRIPTED_PROMPT);
  return { ...scene, model };
}

describe.concurrent.each([CODEX, OLD_CODEX])('Codex %s on a board of Linear', DAEMON_TEST, (version) => {
  const installed = needsCodex(version);

  test('moves its issue, while its commands see neither the key nor what else is secret', async (context) => {
    installed(context);
    const { place, linear, board, model } = await aLinearBoardOfCodex(context, {
      version,
      sections: { hooks: { after_run: 'cp seen.env ../..; env > ../../hook.env' } },
    });
    // Shells read these again, whatever their parent was given; a bash in the sandbox also `.bashrc`, see PLAIN_SHELL.
    for (const file of ['.profile', '.bash_profile', '.bashrc']) {
      place.write(`home/${file}`, 'export LINEAR_API_KEY=lin_api_ofTheProfile PROFILE_WAS_READ=yes\n');
    }
    board.put({
      identifier: 'ENG-1',
      description: `[[exec: env > seen.env]] ${moveInLinear(board, 'ENG-1', 'Done')} [[say: Done.]]`,
    });

    const daemon = place.run('--until-idle');

    expect(await ended(daemon, place)).toEqual({ code: 0, signal: null });
    expect(board.issue('ENG-1').state).toBe('Done');
    const seen = place.lines('seen.env');
    expect(seen).toContain('VISIBLE=yes');
    const hook = place.lines('hook.env');
    expect(hook).toContain('VISIBLE=yes');
    expect([...seen, ...hook].filter((line) => WITHHELD.test(line) || line.includes(linear.apiKey))).toEqual(
      [],
    );
    expect(new Set(model.requests.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer key-of-the-provider']),
    );
    const warnings = place
      .log()
      .filter(({ level }) => level === 'warn')
      .map((entry) => JSON.stringify(entry));
    expect(warnings).toEqual([expect.stringMatching(/FOO_TOKEN.*env_allow|env_allow.*FOO_TOKEN/)]);
    expect(JSON.stringify(place.log())).not.toContain(linear.apiKey);
  });

  test('gives a secret to its commands and to hooks where the file names it', async (context) => {
    installed(context);
    const { place, board } = await aLinearBoardOfCodex(context, {
      version,
      sections: {
        agent: { env_allow: ['FOO_TOKEN'] },
        hooks: { env_allow: ['BAR_PASSWORD'], after_run: 'cp seen.env ../..; env > ../../hook.env' },
      },
    });
    board.put({
      identifier: 'ENG-1',
      description: `[[exec: env > seen.env]] ${moveInLinear(board, 'ENG-1', 'Done')} [[say: Done.]]`,
    });

    expect((await ended(place.run('--until-idle'), place)).code).toBe(0);

    expect(place.lines('seen.env').filter((line) => WITHHELD.test(line))).toEqual(['FOO_TOKEN=foo']);
    expect(place.lines('hook.env').filter((line) => WITHHELD.test(line))).toEqual(['BAR_PASSWORD=bar']);
    expect(existsSync(join(place.path, 'workspaces/ENG-1'))).toBe(false);
  });
});
