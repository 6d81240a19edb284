import { describe, expect, test } from 'vitest';
import { inspectWorkflow, parseWorkflow } from '../../src/workflow/load.js';
import { knownKeys } from '../../src/workflow/unknown-keys.js';
import { aLoadContext } from '../helpers/build.js';

function warningsOf(yaml: string) {
  return parseWorkflow('WORKFLOW.md', `---\ntracker: {kind: board}\n${yaml}\n---\n`, aLoadContext()).warnings;
}

/** What is told of one unknown key, on its line; `tracker` already has its kind. */
function told(key: string, yaml: string, context: Parameters<typeof aLoadContext>[0] = {}) {
  const inTracker = key.startsWith('tracker.') ? yaml.replace(/^tracker:\n/, '') : null;
  const text =
    inTracker === null ? `tracker: {kind: board}\n${yaml}` : `tracker:\n  kind: board\n${inTracker}`;
  const { warnings } = parseWorkflow('WORKFLOW.md', `---\n${text}\n---\n`, aLoadContext(context));
  expect(warnings).toMatchObject([{ code: 'unknown_key', key, line: key.includes('.') ? 4 : 3 }]);
  return warnings[0]?.message;
}

function keyOf(dotted: string, value: unknown): string {
  const [section = '', name] = dotted.split('.');
  const json = JSON.stringify(value);
  return name === undefined ? `${section}: ${json}` : `${section}:\n  ${name}: ${json}`;
}

describe('an unknown key', () => {
  test.each([
    ['poling', 'polling'],
    ['hook', 'hooks'],
    ['Tracker', 'tracker'],
    ['max_concurrent_agents', 'agent.max_concurrent_agents'],
    ['agent.max_turn', 'agent.max_turns'],
    ['agent.maxConcurrentAgents', 'agent.max_concurrent_agents'],
    ['agent.max-turns', 'agent.max_turns'],
    ['agent.max_concurrent', 'agent.max_concurrent_agents'],
    ['agent.maxConcurrent', 'agent.max_concurrent_agents'],
    ['agent.stall_timeout_ms', 'codex.stall_timeout_ms'],
    ['agent.turn_timeout_ms', 'codex.turn_timeout_ms'],
    ['agent.turn_timeout_minutes', 'codex.turn_timeout_ms (in milliseconds)'],
    ['agent.timeout_seconds', 'codex.turn_timeout_ms (in milliseconds)'],
    ['agent.timeout_ms', 'codex.turn_timeout_ms'],
    ['agent.command', 'codex.command'],
    ['agent.approval_policy', 'codex.approval_policy'],
    ['polling.interval_seconds', 'polling.interval_ms (in milliseconds)'],
    ['polling.intervalSeconds', 'polling.interval_ms (in milliseconds)'],
    ['polling.intervalMs', 'polling.interval_ms'],
    ['tracker.poll_interval_sec', 'polling.interval_ms (in milliseconds)'],
    ['codex.turn_timeout_seconds', 'codex.turn_timeout_ms (in milliseconds)'],
    ['codex.sandbox', 'codex.thread_sandbox'],
    ['hooks.afterCreate', 'hooks.after_create'],
    ['hooks.post_create', 'hooks.after_create'],
    ['hooks.timeout', 'hooks.timeout_ms'],
    ['polling.interval', 'polling.interval_ms'],
    ['workspace.path', 'workspace.root'],
    ['workspace.rootDir', 'workspace.root'],
    ['workspace.after_create', 'hooks.after_create'],
    ['server.bind', 'server.host'],
    ['tracker.type', 'tracker.kind'],
    ['tracker.api_token', 'tracker.api_key'],
    ['tracker.projectSlug', 'tracker.project_slug'],
    ['tracker.active_statuses', 'tracker.active_states'],
    ['tracker.labels', 'tracker.required_labels'],
  ])('%s is ignored, with the one that was probably meant: %s', (key, meant) => {
    const yaml = keyOf(key, 1);

    expect(told(key, yaml)).toEqual(`${key} is unknown, it is ignored; did you mean ${meant}?`);
  });

  test.each([
    ['\u00a0\u00a0kind', 'U+00A0'],
    ['\u200btracker', 'U+200B'],
  ])('with a character that nobody sees says so: %j', (key, name) => {
    expect(told(key, `${key}: 1`)).toBe(
      `${key} is unknown, it is ignored; it has ${name} in it, which looks like a blank or like nothing; write it anew`,
    );
  });

  test('in camel case or in another unit leads to each key there is', () => {
    const known = [...knownKeys().keys()].filter((key) => key.includes('.'));
    const camelCase = (key: string) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const others = known
      .map((key) => ({ key, camel: camelCase(key) }))
      .filter(({ key, camel }) => key !== camel);
    const inSeconds = known.filter((key) => key.endsWith('_ms'));

    expect(others.length).toBeGreaterThan(20);
    for (const { key, camel } of others) {
      expect(told(camel, keyOf(camel, null))).toBe(
        `${camel} is unknown, it is ignored; did you mean ${key}?`,
      );
    }
    for (const key of inSeconds) {
      for (const unit of ['seconds', 'secs', 'minutes', 'Seconds']) {
        const written = key.replace(/_ms$/, unit === 'Seconds' ? unit : `_${unit}`);
        expect(told(written, keyOf(written, 1))).toMatch(
          new RegExp(`did you mean ${key} \\(in milliseconds\\)\\?$`),
        );
      }
    }
  });

  test('that stands in the wrong section has the right one told', () => {
    expect(told('workspace.hooks', keyOf('workspace.hooks', { after_create: 'git clone x .' }))).toMatch(
      /did you mean hooks \(at the top level\)\?$/,
    );
    expect(told('tracker.workspace', keyOf('tracker.workspace', 'acme'))).toMatch(/ignored$/);
  });

  test('that resembles a section is only taken for it when it has its keys', () => {
    expect(told('agents', keyOf('agents', { maxTurns: 3 }))).toMatch(/did you mean agent\?$/);
    expect(told('agents', keyOf('agents', { reviewer: { prompt: 'x' } }))).toMatch(/ignored$/);
    expect(told('trackers', keyOf('trackers', [{ kind: 'board' }]))).toMatch(/ignored$/);
  });

  test.each(['claude', 'claude-code', 'gemini', 'opencode', 'copilot-cli', 'pi', 'runner', 'backend'])(
    '%s, the section of another agent, says which agents there are',
    (key) => {
      expect(told(key, keyOf(key, { command: 'x' }))).toBe(
        `${key} is unknown, it is ignored; the agents of this version are codex, scripted`,
      );
    },
  );

  test('that chooses an agent is one by another name, or says which agents there are', () => {
    expect(told('agent.backend', keyOf('agent.backend', 'Codex'))).toMatch(/did you mean agent\.kind\?$/);
    expect(told('agent.provider', keyOf('agent.provider', 'claude'))).toMatch(
      /the agents of this version are codex, scripted$/,
    );
  });

  test.each([
    ['codex.model', 'name the model in codex.command: codex --model NAME app-server'],
    [
      'codex.reasoning_effort',
      'set it in codex.command: codex --config model_reasoning_effort=high app-server',
    ],
    ['tracker.team_key', 'issues are chosen by tracker.project_slug'],
    ['tracker.team', 'issues are chosen by tracker.project_slug'],
  ])('%s says what to do instead: %s', (key, advice) => {
    expect(told(key, keyOf(key, 'x'))).toBe(`${key} is unknown, it is ignored; ${advice}`);
  });

  test('of the tracker is only sent to tracker.provider when the tracker has such a key', () => {
    const board = {
      warnings: ({ provider }: { readonly provider: object }) =>
        Object.keys(provider)
          .filter((key) => key !== 'path')
          .map((key) => `tracker.provider.${key} is not known`),
    };

    expect(told('tracker.path', '  path: x', { board })).toMatch(/did you mean tracker\.provider\.path\?$/);
    expect(told('tracker.repo', '  repo: x', { board })).toMatch(/ignored$/);
    expect(told('tracker.token', '  token: x', { board })).toMatch(/ignored$/);
    expect(told('tracker.team_key', '  team_key: x', { board })).toMatch(/ignored$/);
  });

  test('of the tracker is told with its kind when that was misspelled', async () => {
    const { warnings } = await inspectWorkflow('fixtures/workflows/tracker-type.md', aLoadContext());

    expect(warnings).toEqual([
      {
        code: 'unknown_key',
        key: 'tracker.type',
        line: 3,
        message: 'tracker.type is unknown, it is ignored; did you mean tracker.kind?',
      },
    ]);
  });

  test.each([
    'repo',
    'constructor',
    'toString',
    'agent.max_retries',
    'server.__proto__',
    'tracker.inactive_states',
    'tracker.archive_state',
    'tracker.repo',
    'agent.root',
  ])('%s that resembles none is ignored without a guess', (key) => {
    expect(told(key, keyOf(key, 1))).toBe(`${key} is unknown, it is ignored`);
  });

  test('with a dot in its name has its line', () => {
    expect(warningsOf('x:\n  y: 1\nx.y: 2')).toMatchObject([
      { key: 'x', line: 3 },
      { key: 'x.y', line: 5 },
    ]);
  });

  test('is told once, however much stands below it', () => {
    expect(warningsOf('claude:\n  command: claude\n  limits: {a: 1, b: [2]}')).toHaveLength(1);
  });
});

describe('no warning is told', () => {
  test('of any key of the reference', () => {
    const keys = [...knownKeys().keys()].filter((key) => key.includes('.') && key !== 'tracker.kind');
    const sections = new Map<string, string[]>();
    for (const key of keys) {
      const [section = '', name = ''] = key.split('.');
      sections.set(section, [...(sections.get(section) ?? []), `  ${name}:`]);
    }
    const yaml = [...sections].map(([section, names]) => `${section}:\n${names.join('\n')}`).join('\n');
    const text = `---\n${yaml.replace('tracker:', 'tracker:\n  kind: board')}\n---\n`;

    expect(parseWorkflow('WORKFLOW.md', text, aLoadContext()).warnings).toEqual([]);
  });

  test('of keys that belong to others: the provider, the policy, the states', () => {
    const yaml = [
      'codex:\n  turn_sandbox_policy: {type: x, networkAccess: true}\n  approval_policy: {granular: {}}',
      'agent:\n  max_concurrent_agents_by_state: {polling: 1, whatever: 2}',
    ].join('\n');

    expect(warningsOf(yaml)).toEqual([]);
  });
});
