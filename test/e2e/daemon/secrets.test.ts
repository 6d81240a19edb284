import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import { DAEMON_TEST, type Place } from '../../helpers/board-daemon.js';
import { ask, StreamReader, tokenOf } from '../../helpers/daemon-calls.js';
import { aLinearScene, linearAgent } from '../../helpers/linear/linear-daemon.js';
import { Commander } from './commander.js';
import { described } from './described-api.js';

// Goal: no surface shows what only the daemon and its operator may know, whoever says it aloud (SPEC 15.3).

const PAGE_TOKEN = 'page-token-0123456789abcdef';
const WEBHOOK_SECRET = 'lin_wh_0123456789abcdef';
const TOKEN_FILE = 'operator-token';

/** A daemon on Linear in which everybody who can say something has said every secret; ENG-1 has failed. */
async function anIndiscreetDaemon(context: TestContext) {
  const { place, linear, board } = await aLinearScene(context, {
    provider: { webhook_secret: '$HOOK_SECRET' },
    env: (apiKey) => ({ LINEAR_API_KEY: apiKey, HOOK_SECRET: WEBHOOK_SECRET, PAGE_TOKEN }),
    sections: {
      server: { token: '$PAGE_TOKEN' },
      agent: { max_retry_backoff_ms: 300_000 },
      hooks: { before_run: 'cat ../../secrets', after_run: 'cat ../../secrets >&2; exit 1' },
      codex: { command: linearAgent({ before: 'cat ../../secrets >&2; ' }) },
    },
  });
  const daemon = place.run('--port', '0');
  await daemon.listening();
  const secrets = [tokenOf(place), PAGE_TOKEN, WEBHOOK_SECRET, linear.apiKey];
  const aloud = secrets.join(' and ');
  place.write('secrets', `${aloud}\n`);
  place.write('orders/ENG-1', `fail found ${aloud}\n`);
  place.workflow({}, `Work on {{ issue.identifier }}. Never say ${aloud}.`);
  await place.logged('workflow reloaded');
  const stream = await StreamReader.of(daemon, '/api/v1/events');
  board.put({ identifier: 'ENG-1', title: `Rotate ${aloud}`, description: aloud });
  await stream.tells('retry_scheduled', 'ENG-1');
  return { place, daemon, secrets, stream };
}

/** What each surface of the daemon shows, by its name. */
async function everythingShown(
  context: TestContext,
  { place, daemon, stream }: Awaited<ReturnType<typeof anIndiscreetDaemon>>,
): Promise<ReadonlyMap<string, string>> {
  const shown = new Map<string, string>();
  for (const { method, template, name } of await described(daemon)) {
    if (method !== 'GET' || template.includes('/issues/{')) continue;
    const path = template.replace('{issue_identifier}', 'ENG-1');
    shown.set(name, (await ask(daemon, `GET ${path}?limit=1000`)).text);
  }
  shown.set('page', (await ask(daemon, 'GET /')).text);
  shown.set('stream', JSON.stringify(stream.frames));
  const commander = new Commander(context, place);
  for (const command of [
    ['status'],
    ['issues'],
    ['show', 'ENG-1'],
    ['explain', 'ENG-1'],
    ['logs', 'ENG-1'],
  ]) {
    const { stdout, stderr } = await commander.run(...command);
    shown.set(`symphony ${command[0]}`, `${stdout}${stderr}`);
  }
  await daemon.kill('SIGTERM');
  shown.set('console', `${daemon.stdout}${daemon.stderr}`);
  for (const [file, content] of kept(place)) shown.set(file, content);
  return shown;
}

/** The files below the state directory, without the one that is there to hold the token. */
function kept(place: Place): [string, string][] {
  const root = join(place.path, '.symphony');
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== TOKEN_FILE)
    .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name), 'utf8')]);
}

/** Where something was replaced, so that we know that it would have been shown. */
const REPLACED_IN = [
  'getState',
  'getIssues',
  'getIssue',
  'explainIssue',
  'getIssueEvents',
  'getEvents',
  'getTranscript',
  'stream',
  'console',
  'journal.jsonl',
  'symphony.log',
  'symphony issues',
  'symphony show',
  'symphony logs',
];

test.concurrent('no surface shows a secret, and each tells where one stood', DAEMON_TEST, async (context) => {
  const scene = await anIndiscreetDaemon(context);

  const shown = await everythingShown(context, scene);

  for (const [surface, text] of shown) {
    const leaked = scene.secrets.filter((secret) => text.includes(secret));
    expect({ surface, leaked }).toEqual({ surface, leaked: [] });
  }
  const replacedIn = [...shown].flatMap(([surface, text]) => (text.includes('[redacted]') ? surface : []));
  expect(replacedIn).toEqual(expect.arrayContaining(REPLACED_IN));
});
