import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/domain/finding.js';
import type { JsonObject } from '../../../src/domain/json.js';
import { systemClock } from '../../../src/engine/system-clock.js';
import { localAdapter } from '../../../src/trackers/local/adapter.js';
import { issueFile } from '../../helpers/local-board.js';
import { aDirectory } from '../../helpers/symphony.js';

// Goal: a person is told what keeps issues of a folder from being worked on; nothing is made there.

async function examined(
  directory: string,
  { provider = {}, requiredLabels = [] }: { provider?: JsonObject; requiredLabels?: string[] } = {},
): Promise<readonly Finding[]> {
  const findings = await localAdapter.examine?.({
    tracker: {
      kind: 'local',
      provider: { path: 'board', ...provider },
      activeStates: ['Todo', 'In Progress'],
      terminalStates: ['Done', 'Cancelled'],
      requiredLabels,
    },
    workflowDir: directory,
    env: {},
    clock: systemClock,
    signal: new AbortController().signal,
  });
  return findings ?? [];
}

/** A directory whose board has these files. */
function withBoard(files: Readonly<Record<string, string>> = {}): string {
  const directory = aDirectory();
  mkdirSync(join(directory, 'board'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, 'board', name), text);
  return directory;
}

describe('the folder', () => {
  test('is as well as its issues, and is left as it was', async () => {
    const directory = withBoard({
      'A-1.md': issueFile({ state: 'Todo' }),
      'A-2.md': issueFile({ state: 'Done' }),
      'A-3.md': issueFile({ state: 'Human Review' }),
    });

    const findings = await examined(directory);

    expect(findings.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['tracker', 'ok'],
      ['states', 'ok'],
    ]);
    expect(findings[1]?.detail).toBe('1 Todo, 1 Done, 1 Human Review');
    expect(readdirSync(join(directory, 'board'))).toEqual(['A-1.md', 'A-2.md', 'A-3.md']);
  });

  test('is not there yet, which the start mends', async () => {
    const directory = aDirectory();

    expect(await examined(directory)).toMatchObject([
      { name: 'tracker', verdict: 'ok', detail: expect.stringContaining('not there yet') },
    ]);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('is a problem when it is a file', async () => {
    const findings = await examined(aDirectory({ board: 'not a folder' }));

    expect(findings).toMatchObject([{ name: 'tracker', verdict: 'problem' }]);
    expect(findings[0]?.mend).toContain('tracker.provider.path');
  });

  test('is a problem when nothing can be made there, even for root', async () => {
    expect(await examined('/proc/symphony')).toMatchObject([{ name: 'tracker', verdict: 'problem' }]);
  });
});

test('a state that is nearly one of the settings is told with the issues in it', async () => {
  const directory = withBoard({
    'A-1.md': issueFile({ state: 'In Progess' }),
    'A-2.md': issueFile({ state: 'in progess' }),
    'A-3.md': issueFile({ state: 'IN PROGRESS' }),
  });

  const states = (await examined(directory)).filter(({ name }) => name === 'states');

  expect(states).toMatchObject([
    {
      verdict: 'warning',
      detail: expect.stringMatching(/^A-1: /),
      mend: expect.stringContaining('"In Progress"'),
    },
    { verdict: 'warning', detail: expect.stringMatching(/^A-2: /) },
  ]);
});

test('a file that is no issue is told', async () => {
  const findings = await examined(withBoard({ 'A-1.md': '---\nstate Todo\n---\n' }));

  expect(findings).toContainEqual(
    expect.objectContaining({
      name: 'issues',
      verdict: 'warning',
      detail: expect.stringContaining('A-1.md'),
    }),
  );
});

test('of very many files with problems only some are told, with how many there are', async () => {
  const files = Array.from({ length: 30 }, (_, number) => [`A-${number}.md`, '---\nstate Todo\n---\n']);

  const findings = await examined(withBoard(Object.fromEntries(files)));

  const issues = findings.filter(({ name }) => name === 'issues');
  expect(issues).toHaveLength(11);
  expect(issues.at(-1)?.detail).toBe('20 more files have problems');
});

test('a required label that no issue has is told', async () => {
  const directory = withBoard({ 'A-1.md': issueFile({ labels: ['agent-ok'] }) });

  const findings = await examined(directory, { requiredLabels: ['agent-ok', 'urgnt'] });

  expect(findings).toContainEqual(
    expect.objectContaining({
      name: 'required labels',
      verdict: 'warning',
      detail: expect.stringContaining('urgnt'),
    }),
  );
});

test('a seed that cannot be read is a problem, for the start would fail', async () => {
  const findings = await examined(withBoard(), { provider: { seed: 'no-such-folder' } });

  expect(findings).toContainEqual(expect.objectContaining({ name: 'seed', verdict: 'problem' }));
});
