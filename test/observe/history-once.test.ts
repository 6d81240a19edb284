import { describe, expect, test } from 'vitest';
import type { RunPhase } from '../../src/domain/run.js';
import type { AgentReport } from '../../src/domain/session.js';
import { History } from '../../src/observe/history.js';
import { Secrets } from '../../src/observe/redact.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

const MT1 = someFacts({ identifier: 'MT-1', state: 'In Progress' });
const CALLED = { event: 'tool_call_completed', message: 'called tool local_issue' } as const;
const ECHO = { event: 'notification', message: 'called tool local_issue' } as const;

/** A core with a run of MT-1, and what its history tells of it from then on. */
function aRun() {
  const core = new CoreDriver();
  const history = new History({
    secrets: new Secrets(),
    now: () => core.wallMs,
    onListenerFailed: () => {},
  });
  core.observe = history.observe;
  core.begin(MT1);
  const told = (): [string, string][] =>
    history
      .events({ identifier: 'MT-1', limit: 100 })
      .events.slice(1)
      .map(({ kind, message }) => [kind, message]);
  const says = (report: AgentReport): void =>
    history.agentReported({ issue: MT1, runId: core.runId(MT1.id) }, report);
  const enters = (phase: RunPhase, workspace: { path: string; host: string } | null): void => {
    core.send({ type: 'runAdvanced', issueId: MT1.id, runId: core.runId(MT1.id), phase, workspace });
  };
  return { core, told, says, enters };
}

describe('what happens once is told once', () => {
  test('a phase that a run is in already is no news, whatever else is learnt with it', () => {
    const { told, enters } = aRun();

    enters('preparingWorkspace', null);
    enters('preparingWorkspace', { path: '/w/MT-1', host: 'local' });
    enters('buildingPrompt', { path: '/w/MT-1', host: 'local' });
    enters('buildingPrompt', { path: '/w/MT-1', host: 'local' });

    expect(told()).toEqual([['run_phase', 'building its prompt']]);
  });

  test('the call of a tool is not told again by the agent that was answered', () => {
    const { told, says } = aRun();

    says({ event: 'notification', message: 'calling tool local_issue' });
    says(CALLED);
    says(ECHO);
    says({ event: 'notification', message: 'Done.' });

    expect(told()).toEqual([
      ['agent_notification', 'calling tool local_issue'],
      ['agent_tool_call_completed', 'called tool local_issue'],
      ['agent_notification', 'Done.'],
    ]);
  });

  test('calls side by side are each told once, in whatever order the agent tells of them', () => {
    const { told, says } = aRun();
    const failed = { event: 'tool_call_failed', message: 'failed call of tool other' } as const;

    says(CALLED);
    says(failed);
    says(CALLED);
    says({ event: 'notification', message: failed.message });
    says(ECHO);
    says(ECHO);

    expect(told().map(([kind]) => kind)).toEqual([
      'agent_tool_call_completed',
      'agent_tool_call_failed',
      'agent_tool_call_completed',
    ]);
  });

  test('a call that only the agent tells of is told', () => {
    const { told, says } = aRun();

    says(CALLED);
    says(ECHO);
    says(ECHO);

    expect(told()).toEqual([
      ['agent_tool_call_completed', 'called tool local_issue'],
      ['agent_notification', 'called tool local_issue'],
    ]);
  });
});
