import { describe, expect, test } from 'vitest';
import { validationReport } from '../../src/commands/validation-report.js';
import type { Settings } from '../../src/domain/settings.js';

const SETTINGS: Settings = {
  tracker: {
    kind: 'local',
    provider: {
      path: 'board',
      api_key: 'written-here',
      token: '$BOARD_TOKEN',
      nested: { password: 'hunter22' },
    },
    activeStates: ['Todo'],
    terminalStates: ['Done'],
    requiredLabels: [],
  },
  polling: { intervalMs: 30_000 },
  workspace: { root: 'workspaces', remoteRoot: 'workspaces', isShared: false },
  hooks: {
    afterCreate: 'curl -H tok-123456',
    beforeRun: null,
    afterRun: null,
    beforeRemove: null,
    timeoutMs: 1,
    envAllow: [],
  },
  agent: {
    kind: 'codex',
    maxConcurrentAgents: 2,
    maxTurns: 20,
    maxRetryBackoffMs: 1,
    maxConcurrentAgentsByState: { inReview: 1 },
    envAllow: [],
  },
  codex: {
    command: 'codex app-server',
    approvalPolicy: 'never',
    threadSandbox: 'workspace-write',
    turnSandboxPolicy: { writableRoots: [] },
    turnTimeoutMs: 1,
    readTimeoutMs: 1,
    stallTimeoutMs: 1,
    commandTimeoutMs: 0,
    trustWorkspace: false,
    resume: true,
  },
  server: { port: null, host: '127.0.0.1', token: null, allowedHosts: [] },
  worker: { sshHosts: [], maxConcurrentAgentsPerHost: null },
  observability: { dashboardEnabled: true, refreshMs: 1, renderIntervalMs: 1 },
};

const NOTHING_HIDDEN = { env: {}, secrets: [] };
const VALID = { path: 'W.md', errors: [], warnings: [], settings: SETTINGS };

describe('the report of a validation', () => {
  test('lists errors, then warnings, each in the order of the file with line and code, then the verdict', () => {
    const report = validationReport(
      {
        path: 'W.md',
        errors: [
          {
            code: 'invalid_workflow_config',
            key: 'polling.interval_ms',
            line: 9,
            message: 'must be above 0',
          },
          { code: 'missing_tracker_kind', key: 'tracker.kind', line: null, message: 'set tracker.kind' },
        ],
        warnings: [{ code: 'unknown_key', key: 'poling', line: 4, message: 'did you mean polling?' }],
        settings: null,
      },
      NOTHING_HIDDEN,
    );

    expect(report.split('\n')).toEqual([
      'W.md:   error:   set tracker.kind [missing_tracker_kind]',
      'W.md:9: error:   must be above 0 [invalid_workflow_config]',
      'W.md:4: warning: did you mean polling? [unknown_key]',
      'W.md is not valid: 2 errors, 1 warning',
      '',
    ]);
  });

  test('ends with what was found, after the settings in force', () => {
    const warnings = [{ code: 'unknown_key', key: 'poling', line: 4, message: 'did you mean polling?' }];
    const lines = validationReport({ ...VALID, warnings }, NOTHING_HIDDEN).split('\n');

    expect(lines[0]).toBe('# In force');
    expect(lines.slice(-4)).toEqual([
      '',
      'W.md:4: warning: did you mean polling? [unknown_key]',
      'W.md is valid: 0 errors, 1 warning',
      '',
    ]);
  });

  test('shows the settings in force in the words of the file', () => {
    const report = validationReport(VALID, NOTHING_HIDDEN);

    expect(report).toContain('W.md is valid: 0 errors, 0 warnings\n');
    expect(report).toContain('max_concurrent_agents: 2');
    expect(report).toContain('  port: null');
  });

  test('leaves the names of states, policies and provider keys as they are', () => {
    const report = validationReport(VALID, NOTHING_HIDDEN);

    expect(report).toContain('inReview: 1');
    expect(report).toContain('writableRoots: []');
  });

  test('masks secrets that are written into the file, and keeps references to the environment', () => {
    const report = validationReport(VALID, NOTHING_HIDDEN);

    expect(report).not.toContain('written-here');
    expect(report).not.toContain('hunter22');
    expect(report).toContain('token: $BOARD_TOKEN');
  });

  test('masks secrets of the environment wherever they turn up', () => {
    expect(validationReport(VALID, { env: { BOARD_TOKEN: 'tok-123456' }, secrets: [] })).not.toContain(
      'tok-123456',
    );
  });

  test('masks what the tracker knows to be secret', () => {
    expect(validationReport(VALID, { env: {}, secrets: ['tok-123456'] })).not.toContain('tok-123456');
  });
});
