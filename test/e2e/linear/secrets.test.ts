import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DAEMON_TEST, type Place } from '../../helpers/board-daemon.js';
import { aLinearScene, linearAgent } from '../../helpers/linear/linear-daemon.js';
import { patientFetch } from '../../helpers/patient-fetch.js';

// Goal: the key of Linear, and the webhook's secret, stay with the daemon (SPEC 15.3).

const SECRET = 'lin_wh_0123456789abcdef';

/** What programs in every shell of the machine's user get to see besides what they are given. */
function aLoginProfile(place: Place, variables: Readonly<Record<string, string>>): void {
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${value}\n`);
  for (const file of ['.profile', '.bash_profile']) place.write(`home/${file}`, exports.join(''));
}

/** All that the daemon wrote below its state directory. */
function everythingKept(place: Place): string {
  const root = join(place.path, '.symphony');
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .flatMap((entry) => (entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name), 'utf8')] : []))
    .join('\n');
}

describe.concurrent("Linear's secrets", DAEMON_TEST, () => {
  test('reach neither agents nor hooks, also when the login profile sets them again', async (context) => {
    const { place, linear, board } = await aLinearScene(context, {
      provider: { api_key: '$TEAM_KEY', webhook_secret: '$HOOK_SECRET' },
      env: (apiKey) => ({
        TEAM_KEY: apiKey,
        HOOK_SECRET: SECRET,
        LINEAR_API_KEY: 'lin_api_ofSomebodyElse',
        VISIBLE: 'yes',
      }),
      sections: {
        hooks: {
          after_create: 'env > ../../after_create.env',
          before_run: 'env > ../../before_run.env',
          after_run: 'env > ../../after_run.env',
          before_remove: 'env > ../../before_remove.env',
        },
        codex: { command: linearAgent({ order: 'done', before: 'env > ../../agent.env; ' }) },
      },
    });
    aLoginProfile(place, {
      TEAM_KEY: linear.apiKey,
      HOOK_SECRET: SECRET,
      LINEAR_API_KEY: 'lin_api_ofTheProfile',
      PROFILE_WAS_READ: 'yes',
    });
    board.put({ identifier: 'ENG-1' });

    expect((await place.run('--until-idle').exited).code).toBe(0);

    for (const who of ['after_create', 'before_run', 'after_run', 'before_remove', 'agent']) {
      const seen = place.lines(`${who}.env`);
      expect(seen).toEqual(expect.arrayContaining(['VISIBLE=yes', 'PROFILE_WAS_READ=yes']));
      expect(
        seen.filter((line) => /lin_api_|lin_wh_|^(TEAM_KEY|HOOK_SECRET|LINEAR_API_KEY)=/.test(line)),
      ).toEqual([]);
    }
  });

  test('are in no log and no answer, even when an agent says them aloud', async (context) => {
    const { place, linear, board } = await aLinearScene(context, {
      provider: { webhook_secret: '$HOOK_SECRET' },
      env: (apiKey) => ({ LINEAR_API_KEY: apiKey, HOOK_SECRET: SECRET }),
      sections: { agent: { max_retry_backoff_ms: 300_000 } },
    });
    place.write('orders/ENG-1', `fail found ${linear.apiKey} and ${SECRET}\n`);
    board.put({ identifier: 'ENG-1', title: `What is ${linear.apiKey}` });
    board.put({ identifier: 'ENG-2' });
    const daemon = await place.daemon();
    const { retrying } = await daemon.showing('a failed run', ({ counts }) => counts.retrying === 1);
    // By then ENG-1 may run again.
    await daemon.showing('a turn of ENG-2', ({ running }) =>
      running.some((row) => row.issue_identifier === 'ENG-2' && row.turn_count > 0),
    );

    const paths = ['api/v1/state', 'api/v1/ENG-1', 'api/v1/ENG-2', ''];
    const answers = await Promise.all(
      paths.map(async (path) => (await patientFetch(`${daemon.url}/${path}`)).text()),
    );
    await daemon.kill('SIGTERM');

    expect(retrying[0]?.error).toMatch(/^turn_failed: found \S+ and \S+$/);
    const shown = [...answers, everythingKept(place), daemon.stdout, daemon.stderr].join('\n');
    expect(shown).toContain('turn_failed: found ');
    expect(shown).not.toContain(linear.apiKey);
    expect(shown).not.toContain(SECRET);
  });
});
