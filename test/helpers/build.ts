import type { CoreSettings } from '../../src/core/settings.js';
import type { Issue } from '../../src/domain/issue.js';

/** An issue that could be worked on: a Todo with nothing against it. */
export function anIssue(fields: Partial<Issue> = {}): Issue {
  const identifier = fields.identifier ?? 'MT-1';
  return {
    id: `id of ${identifier}`,
    nativeRef: null,
    identifier,
    title: `Title of ${identifier}`,
    description: null,
    priority: null,
    state: 'Todo',
    branchName: null,
    url: null,
    assigneeId: null,
    labels: [],
    blockedBy: [],
    dispatchable: true,
    createdAt: null,
    updatedAt: null,
    ...fields,
  };
}

/** The core's settings with SPEC's defaults, for a tracker that needs two requests per poll. */
export function someSettings(fields: Partial<CoreSettings> = {}): CoreSettings {
  return {
    trackerKind: 'memory',
    activeStates: ['Todo', 'In Progress'],
    terminalStates: ['Closed', 'Cancelled', 'Canceled', 'Duplicate', 'Done'],
    requiredLabels: [],
    combinedPoll: false,
    pollIntervalMs: 30_000,
    maxConcurrentAgents: 10,
    maxConcurrentAgentsByState: {},
    maxRetryBackoffMs: 300_000,
    stallTimeoutMs: 300_000,
    hookTimeoutMs: 60_000,
    ...fields,
  };
}
