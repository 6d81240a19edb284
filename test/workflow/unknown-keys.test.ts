import { describe, expect, test } from 'vitest';
import { inspectWorkflow, parseWorkflow } from '../../src/workflow/load.js';
import { knownKeys } from '../../src/workflow/unknown-keys.js';
import { aLoadContext } from '../helpers/build.js';

function warningsOf(yaml: string) {
  return parseWorkflow('WORKFLOW.md', `---\ntracker: {kind: board}\n${yaml}\n---\n`, aLoadContext()).warnings;
}

describe('an unknown key', () => {
  test.each([
    ['poling', 'polling'],
    ['hook', 'hooks'],
    ['Tracker', 'tracker'],
    ['agent.max_turn', 'agent.max_turns'],
    ['agent.maxConcurrentAgents', 'agent.max_concurrent_agents'],
    ['agent.max-turns', 'agent.max_turns'],
    ['agent.max_concurrent', 'agent.max_concurrent_agents'],
    ['polling.interval_seconds', 'polling.interval_ms (in milliseconds)'],
    ['codex.turn_timeout_seconds', 'codex.turn_timeout_ms (in milliseconds)'],
    ['hooks.afterCreate', 'hooks.after_create'],
    ['hooks.timeout', 'hooks.timeout_ms'],
    ['polling.interval', 'polling.interval_ms'],
    ['workspace.path', 'workspace.root'],
    ['workspace.hooks', 'hooks (at the top level)'],
  ])('%s is ignored, with the one that was probably meant: %s', (key, meant) => {
    const [section = '', name] = key.split('.');
    const yaml = name === undefined ? `${section}: 1` : `${section}:\n  ${name}: 1`;

    expect(warningsOf(yaml)).toEqual([
      {
        code: 'unknown_key',
        key,
        line: name === undefined ? 3 : 4,
        message: `${key} is unknown, it is ignored; did you mean ${meant}?`,
      },
    ]);
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

  test.each(['claude', 'repo', 'constructor', 'toString', 'agent.max_retries', 'server.__proto__'])(
    '%s that resembles none is ignored without a guess',
    (key) => {
      const [section = '', name] = key.split('.');
      const yaml = name === undefined ? `${section}: 1` : `${section}:\n  ${name}: 1`;

      expect(warningsOf(yaml).map(({ message }) => message)).toEqual([`${key} is unknown, it is ignored`]);
    },
  );

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
