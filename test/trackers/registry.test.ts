import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.js';
import { localPaths } from '../../src/trackers/local/paths.js';
import type { TrackerAdapter } from '../../src/trackers/registry.js';
import { TRACKER_KINDS, trackerAdapters } from '../../src/trackers/registry.js';
import { VirtualClock } from '../helpers/virtual-clock.js';

const { signal } = new AbortController();
/** The least that each kind needs. */
const PROVIDERS: Readonly<Record<string, JsonObject>> = {
  linear: { api_key: 'lin_api_key', project_slug: 'project-0123456789ab' },
  local: { path: 'board' },
  memory: { issues: [] },
};

const states = { activeStates: ['Todo'], terminalStates: ['Done'] };

function adapter(kind: string): TrackerAdapter {
  const found = trackerAdapters.get(kind);
  if (found === undefined) throw new Error(`${kind} is no tracker`);
  return found;
}

function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'symphony-trackers-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function create(kind: string, provider: JsonObject, workflowDir = aDirectory()) {
  const tracker = await adapter(kind).create({
    tracker: { kind, provider, ...states, requiredLabels: [] },
    workflowDir,
    env: {},
    clock: new VirtualClock(),
    reportProblem: ({ message }) => expect.fail(message),
    notice: (message) => expect.fail(message),
  });
  onTestFinished(() => tracker.close());
  return tracker;
}

describe('the registry of trackers', () => {
  test('knows each kind under its name', () => {
    expect(TRACKER_KINDS).toEqual(['linear', 'local', 'memory']);
    for (const kind of TRACKER_KINDS) expect(adapter(kind).kind).toBe(kind);
  });

  test('each kind is described in docs/trackers, with its state defaults and its tools', async () => {
    const pages = readdirSync('docs/trackers').map((name) =>
      readFileSync(join('docs/trackers', name), 'utf8'),
    );
    for (const kind of TRACKER_KINDS) {
      const page = pages.find((text) => text.includes(`\`tracker.kind: ${kind}\``)) ?? '';
      const { tools } = await create(kind, PROVIDERS[kind] ?? {});
      const words = [
        ...(adapter(kind).defaultActiveStates ?? []),
        ...(adapter(kind).defaultTerminalStates ?? []),
        ...tools.specs.map(({ name }) => `\`${name}\``),
      ];

      expect({ kind, missing: words.filter((word) => !page.includes(word)) }).toEqual({ kind, missing: [] });
    }
  });

  test.each(['local', 'memory'])('gives %s states to go by and no secrets', (kind) => {
    const settings = { provider: { path: '$BOARD' }, ...states };

    expect(adapter(kind).defaultActiveStates).toEqual(['Todo', 'In Progress']);
    expect(adapter(kind).defaultTerminalStates).toContain('Done');
    expect(adapter(kind).secretEnvironmentNames(settings)).toEqual([]);
    expect(adapter(kind).secretValues(settings, { BOARD: 'x' })).toEqual([]);
  });

  test('validates without touching the disk', () => {
    const workflowDir = aDirectory();

    adapter('local').validate({ provider: { path: 'board' }, ...states }, { workflowDir, env: {} });

    expect(existsSync(join(workflowDir, 'board'))).toBe(false);
  });

  test.each<[string, JsonObject, string]>([
    ['local', {}, 'tracker.provider.path is missing'],
    ['local', { path: '  ' }, 'tracker.provider.path is empty'],
    ['local', { path: 7 }, 'tracker.provider.path is not text'],
    ['local', { path: '$NO_BOARD' }, 'tracker.provider.path is $NO_BOARD, which is not set or empty'],
    ['local', { path: 'a', seed: '$EMPTY' }, 'tracker.provider.seed is $EMPTY, which is not set or empty'],
    ['local', { path: 'a', seed: './a/' }, 'tracker.provider.seed is the board itself'],
    ['memory', { issues: 'none' }, 'tracker.provider.issues is not a list'],
    ['memory', { issues: [{}, []] }, 'tracker.provider.issues[1] is not a map'],
  ])('refuses %s with %j', (kind, provider, message) => {
    const validate = () =>
      adapter(kind).validate({ provider, ...states }, { workflowDir: '/somewhere', env: { EMPTY: '' } });

    expect(validate).toThrow(
      expect.objectContaining({ code: 'invalid_tracker_config', message: expect.stringContaining(message) }),
    );
  });

  test.each([
    ['board', '/somewhere/board'],
    ['../board', '/board'],
    ['/board', '/board'],
    ['~/board', '/home/ada/board'],
    ['~', '/home/ada'],
    ['~ada', '/somewhere/~ada'],
    ['$BOARD', '/elsewhere'],
    ['$HOMELY', '/home/ada/b'],
    ['a/$BOARD', '/somewhere/a/$BOARD'],
  ])('finds the local board %s at %s', (path, board) => {
    const env = { HOME: '/home/ada', BOARD: '/elsewhere', HOMELY: '~/b' };

    expect(localPaths({ path }, { workflowDir: '/somewhere', env }).board).toBe(board);
  });

  test('takes the home of the machine when the environment names none', () => {
    expect(localPaths({ path: '~' }, { workflowDir: '/somewhere', env: {} }).board).toBe(homedir());
  });

  test('makes a local board with its folder and parents', async () => {
    const workflowDir = aDirectory();

    const tracker = await create('local', { path: 'deep/board' }, workflowDir);

    expect(tracker.kind).toBe('local');
    expect(existsSync(join(workflowDir, 'deep/board'))).toBe(true);
    expect(await tracker.issuesByStates(['Todo'], signal)).toEqual([]);
  });

  test('fails to make a local board where a file is in the way', async () => {
    const workflowDir = aDirectory();
    writeFileSync(join(workflowDir, 'board'), '');

    await expect(create('local', { path: 'board' }, workflowDir)).rejects.toMatchObject({
      code: 'tracker_request',
    });
  });

  test('makes a memory board of the issues in the workflow file', async () => {
    const tracker = await create('memory', { issues: [{ identifier: 'M-1', title: 'Say hello' }] });

    expect(await tracker.issuesByStates(['Todo'], signal)).toMatchObject([{ id: 'M-1', title: 'Say hello' }]);
  });
});

test('tells of provider keys that no adapter reads, with the one that was meant', () => {
  const warnings = (kind: string, provider: JsonObject) =>
    trackerAdapters.get(kind)?.warnings?.({ provider, activeStates: [], terminalStates: [] });

  expect(warnings('local', { pth: 'board', seed: 'seed' })).toEqual([
    'tracker.provider.pth is not known and ignored; did you mean path?',
  ]);
  expect(warnings('memory', { team: 'x' })).toEqual([
    'tracker.provider.team is not known and ignored; the keys are issues',
  ]);
});
