import { describe, expect, onTestFinished, test } from 'vitest';
import type { Finding } from '../../../src/domain/finding.js';
import type { JsonObject } from '../../../src/domain/json.js';
import { systemClock } from '../../../src/engine/system-clock.js';
import { linearAdapter } from '../../../src/trackers/linear/adapter.js';
import { FakeLinear } from '../../helpers/linear/fake-linear.js';

// Goal: a person is told of each thing that would keep the board empty, with the name that was probably meant.

interface Asked {
  readonly provider?: JsonObject;
  readonly activeStates?: readonly string[];
  readonly terminalStates?: readonly string[];
  readonly requiredLabels?: readonly string[];
  readonly signal?: AbortSignal;
}

async function aLinear(): Promise<FakeLinear> {
  const linear = await FakeLinear.start();
  onTestFinished(() => linear.close());
  return linear;
}

async function examined(linear: FakeLinear, asked: Asked = {}): Promise<readonly Finding[]> {
  const { url, apiKey, board } = linear;
  const findings = await linearAdapter.examine?.({
    tracker: {
      kind: 'linear',
      provider: { endpoint: url, api_key: apiKey, project_slug: board.projectSlug, ...asked.provider },
      activeStates: asked.activeStates ?? ['Todo', 'In Progress'],
      terminalStates: asked.terminalStates ?? ['Done', 'Canceled', 'Duplicate'],
      requiredLabels: asked.requiredLabels ?? [],
    },
    workflowDir: '/srv/team',
    env: {},
    clock: systemClock,
    signal: asked.signal ?? new AbortController().signal,
  });
  return findings ?? [];
}

function named(findings: readonly Finding[], name: string): readonly Finding[] {
  return findings.filter((finding) => finding.name === name);
}

test('all is well with a project and its states, for one request', async () => {
  const linear = await aLinear();

  const findings = await examined(linear);

  expect(findings.map(({ name, verdict }) => [name, verdict])).toEqual([
    ['tracker', 'ok'],
    ['project', 'ok'],
    ['active states', 'ok'],
    ['terminal states', 'ok'],
  ]);
  expect(findings[0]?.detail).toMatch(/accepts the key; \d+ of 2500 requests an hour are left/);
  expect(findings[1]?.detail).toBe('"Payments"');
  expect(linear.requests).toHaveLength(1);
});

test('a key that Linear refuses is a problem of the tracker, and is not told', async () => {
  const linear = await aLinear();

  const findings = await examined(linear, { provider: { api_key: 'lin_api_wrong' } });

  expect(findings).toMatchObject([{ name: 'tracker', verdict: 'problem' }]);
  expect(findings[0]?.mend).toContain('make a new one in Linear');
  expect(JSON.stringify(findings)).not.toContain('lin_api_wrong');
});

test('a project that the key does not show is told apart from the key', async () => {
  const linear = await aLinear();

  const findings = await examined(linear, { provider: { project_slug: 'other-0123456789ab' } });

  expect(findings).toMatchObject([
    { name: 'tracker', verdict: 'ok' },
    { name: 'project', verdict: 'problem', detail: expect.stringContaining('other-0123456789ab') },
  ]);
});

test('a throttle is worth knowing, and no problem of the settings', async () => {
  const linear = await aLinear();
  linear.faults.next({ kind: 'throttled400' });

  expect(await examined(linear)).toMatchObject([{ name: 'tracker', verdict: 'warning' }]);
});

test('an address where nobody answers is told with its mend', async () => {
  const linear = await aLinear();
  await linear.close();

  const findings = await examined(linear);

  expect(findings).toMatchObject([{ name: 'tracker', verdict: 'problem' }]);
  expect(findings[0]?.mend).toContain('tracker.provider.endpoint');
});

describe('an active state', () => {
  test('is a problem when no team has it, with the name that was meant', async () => {
    const findings = await examined(await aLinear(), { activeStates: ['Todo', 'In Progess'] });

    expect(named(findings, 'active states')).toEqual([
      {
        name: 'active states',
        verdict: 'problem',
        detail: 'no team of the project has "In Progess"',
        mend: 'write "In Progress" in tracker.active_states',
      },
    ]);
  });

  test('that is like no other is answered with those there are', async () => {
    const findings = await examined(await aLinear(), { activeStates: ['Ready for robots'] });

    expect(named(findings, 'active states')[0]?.mend).toMatch(/"Todo".*add the state to the team/);
  });

  test('may be written in any case', async () => {
    const findings = await examined(await aLinear(), { activeStates: ['todo', 'IN PROGRESS'] });

    expect(named(findings, 'active states')).toMatchObject([{ verdict: 'ok' }]);
  });
});

describe('terminal states', () => {
  test('that no team has do no harm beside others', async () => {
    const terminalStates = ['Closed', 'Cancelled', 'Canceled', 'Duplicate', 'Done'];

    const findings = await examined(await aLinear(), { terminalStates });

    expect(named(findings, 'terminal states')).toMatchObject([
      { verdict: 'ok', detail: expect.stringContaining('without effect: "Closed", "Cancelled"') },
    ]);
  });

  test('are worth a look when one is nearly the name of a state that is missing', async () => {
    const findings = await examined(await aLinear(), { terminalStates: ['Done', 'Duplcate'] });

    expect(named(findings, 'terminal states')).toMatchObject([
      { verdict: 'warning', mend: 'write "Duplicate" in tracker.terminal_states' },
    ]);
  });

  test('are a problem when no team has any', async () => {
    const findings = await examined(await aLinear(), { terminalStates: ['Shipped'] });

    expect(named(findings, 'terminal states')).toMatchObject([
      { verdict: 'problem', detail: expect.stringContaining('no issue ever counts as finished') },
    ]);
  });
});

describe('required labels', () => {
  test('are there', async () => {
    const linear = await aLinear();
    linear.board.labelId('Agent-OK');

    const findings = await examined(linear, { requiredLabels: ['agent-ok'] });

    expect(named(findings, 'required labels')).toMatchObject([{ verdict: 'ok' }]);
  });

  test('are missing, with the one that was meant', async () => {
    const linear = await aLinear();
    linear.board.labelId('agent-ok');

    const findings = await examined(linear, { requiredLabels: ['agnet-ok'] });

    expect(named(findings, 'required labels')).toMatchObject([
      { verdict: 'warning', mend: 'write "agent-ok" in tracker.required_labels' },
    ]);
  });

  test('that are blank match nothing', async () => {
    const findings = await examined(await aLinear(), { requiredLabels: [''] });

    expect(named(findings, 'required labels')).toMatchObject([
      { verdict: 'warning', detail: expect.stringContaining('no issue is ever worked on') },
    ]);
  });
});

describe('the assignee', () => {
  test('is known', async () => {
    const findings = await examined(await aLinear(), { provider: { assignee: 'me' } });

    expect(named(findings, 'assignee')).toMatchObject([{ verdict: 'ok' }]);
  });

  test('is a problem when nobody is called so', async () => {
    const findings = await examined(await aLinear(), { provider: { assignee: 'Nobody' } });

    expect(named(findings, 'assignee')).toMatchObject([{ verdict: 'problem' }]);
    expect(named(findings, 'project')).toMatchObject([{ verdict: 'ok' }]);
  });

  test('is everybody while the variable for it is not set', async () => {
    const findings = await examined(await aLinear(), { provider: { assignee: '$NOT_SET_HERE' } });

    expect(named(findings, 'assignee')).toMatchObject([{ verdict: 'warning', mend: expect.anything() }]);
  });
});

test('a Linear that never answers is left when nobody waits any more', async () => {
  const linear = await aLinear();
  linear.faults.next({ kind: 'hangs' }, { times: Number.POSITIVE_INFINITY });
  const ending = new AbortController();
  const examination = examined(linear, { signal: ending.signal });

  ending.abort(new Error('given up'));

  await expect(examination).rejects.toThrow('given up');
});
