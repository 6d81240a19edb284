import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Issue, issueFacts } from '../../src/domain/issue.js';
import { Bindings } from '../../src/engine/binding.js';
import { IssueReads } from '../../src/engine/issue-reads.js';
import { runAttempt } from '../../src/engine/run.js';
import { systemClock } from '../../src/engine/system-clock.js';
import type { Agent, SessionStart } from '../../src/ports/agent.js';
import type { Tracker } from '../../src/ports/tracker.js';
import { parseWorkflow } from '../../src/workflow/load.js';
import { aLoadContext, anIssue, NO_BYSTANDERS, NO_TRANSCRIPT } from '../helpers/build.js';
import { oneHost } from '../helpers/memory-host.js';
import { aPlace } from '../helpers/processes.js';
import { aDaemon, aHost } from '../helpers/workspace-work.js';

// Goal: the order of one attempt. Workspaces, hooks, agents and turns have tests of their own.

const issue = anIssue();

/** A board that shows this one issue whenever it is asked. */
function aTracker(now: Issue): Tracker {
  return {
    kind: 'board',
    issuesByStates: async () => [],
    issuesByIds: async () => [now],
    tools: {
      specs: [],
      secretEnvironmentNames: [],
      execute: async () => ({ success: false, output: null }),
    },
    close: async () => {},
  };
}

/** One attempt with these hooks and this template, and in which order things happened. */
async function anAttempt({ hooks = '', template = 'Work on {{ issue.identifier }}.' }) {
  const root = await aPlace();
  const happened: string[] = [];
  const started: SessionStart[] = [];
  const agent: Agent = {
    kind: 'codex',
    startSession: async (start) => {
      started.push(start);
      happened.push('agent started');
      return {
        threadId: 'thread-1',
        isResumed: false,
        runTurn: async ({ prompt }) => {
          happened.push(`turn: ${prompt}`);
          return { kind: 'completed' };
        },
        close: async () => {
          happened.push('agent closed');
        },
      };
    },
  };
  const text = `---\ntracker: {kind: board}\nworkspace: {root: ${root}}\nhooks:\n${hooks}\n---\n${template}`;
  const bindings = new Bindings(
    {
      workflow: parseWorkflow('/srv/team/WORKFLOW.md', text, aLoadContext()),
      tracker: aTracker(anIssue({ state: 'Done' })),
      agent,
      hosts: oneHost(aHost()),
    },
    (error) => expect.fail(String(error)),
  );
  const outcome = await runAttempt(
    {
      bindings,
      reads: new IssueReads(systemClock, () => bindings.current.tracker, NO_BYSTANDERS),
      clock: systemClock,
      holds: aDaemon(),
      marker: (purpose) => `run-test-${purpose}.`,
      onPhase: (_start, phase) => happened.push(phase),
      onReport: () => {},
      openTranscript: () => NO_TRANSCRIPT,
      onHook: ({ hook, event }) => happened.push(`${hook} ${event}`),
    },
    { type: 'startRun', issue: issueFacts(issue), runId: 1, host: 'local', attempt: null, thread: null },
    new AbortController().signal,
  );
  return { outcome, happened, started, root };
}

test('goes through its phases in order, with the hooks around the agent', async () => {
  const hooks = ['after_create', 'before_run', 'after_run'].map((name) => `  ${name}: 'true'`).join('\n');

  const { outcome, happened } = await anAttempt({ hooks });

  expect(outcome).toMatchObject({ kind: 'issueInactive', issue: { state: 'Done' } });
  expect(happened).toEqual([
    'preparingWorkspace',
    'after_create started',
    'after_create completed',
    'preparingWorkspace',
    'before_run started',
    'before_run completed',
    'buildingPrompt',
    'launchingAgent',
    'agent started',
    'streamingTurn',
    'turn: Work on MT-1.',
    'agent closed',
    'finishing',
    'after_run started',
    'after_run completed',
  ]);
});

test('launches the agent in the workspace of its issue and nowhere else', async () => {
  const { started, root } = await anAttempt({});

  expect(started.map(({ workspacePath }) => workspacePath)).toEqual([join(root, 'MT-1')]);
});

test('a template that cannot be rendered fails the attempt before an agent is started, and after_run runs', async () => {
  const { outcome, happened } = await anAttempt({
    hooks: "  after_run: 'true'",
    template: '{{ issue.number }}',
  });

  expect(outcome).toMatchObject({ kind: 'agentFailed', reason: 'template_render_error' });
  expect(happened).not.toContain('agent started');
  expect(happened.slice(-2)).toEqual(['after_run started', 'after_run completed']);
});

test('before_run that fails starts no agent, and after_run runs all the same', async () => {
  const { outcome, happened, root } = await anAttempt({
    hooks: '  before_run: exit 3\n  after_run: touch ../after',
  });

  expect(outcome).toMatchObject({ kind: 'workspaceFailed', step: 'beforeRun' });
  expect(happened).not.toContain('agent started');
  expect(await readdir(root)).toContain('after');
});
