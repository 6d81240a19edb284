import { expect, test } from 'vitest';
import { Bindings } from '../../src/engine/binding.js';
import { IssueReads } from '../../src/engine/issue-reads.js';
import { WorkspaceKeeping } from '../../src/engine/workspace-keeping.js';
import { parseWorkflow } from '../../src/workflow/load.js';
import { aLoadContext } from '../helpers/build.js';
import { MemoryHost, oneHost } from '../helpers/memory-host.js';
import { VirtualClock } from '../helpers/virtual-clock.js';
import { aDaemon } from '../helpers/workspace-work.js';

test('a host whose disk hangs is not waited for longer than thirty seconds when it is asked what it has', async () => {
  const clock = new VirtualClock();
  const host = new MemoryHost();
  host.list = () => new Promise(() => {});
  const bindings = new Bindings(
    {
      workflow: parseWorkflow('/srv/team/WORKFLOW.md', '---\ntracker: {kind: board}\n---\n', aLoadContext()),
      tracker: {
        kind: 'board',
        issuesByStates: async () => [],
        issuesByIds: async () => [],
        tools: {
          specs: [],
          secretEnvironmentNames: [],
          execute: async () => ({ success: false, output: null }),
        },
        close: async () => {},
      },
      agent: { kind: 'codex', startSession: () => Promise.reject(new Error('nobody starts')) },
      hosts: oneHost(host),
    },
    (error) => expect.fail(String(error)),
  );
  const keeping = new WorkspaceKeeping({
    bindings,
    clock,
    reads: new IssueReads(clock, () => bindings.current.tracker, { next: () => [], seen: () => {} }),
    holds: aDaemon(),
    marker: (purpose) => purpose,
    onHook: () => {},
    isInUse: () => false,
  });
  let told: unknown = null;
  const surveyed = keeping.survey('local').catch((error: unknown) => {
    told = error;
  });

  await clock.advance(29_999);
  expect(told).toBeNull();
  await clock.advance(1);
  await surveyed;

  expect(told).toMatchObject({
    code: 'workspace_unavailable',
    message: 'what is in workspace.root was not told within 30 s',
  });
});
