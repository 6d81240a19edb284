import { describe, expect, test } from 'vitest';
import { tellObservers } from '../../src/daemon/observers.js';
import { Tally } from '../../src/engine/tally.js';
import { History } from '../../src/observe/history.js';
import type { Logger } from '../../src/observe/logger.js';
import { Secrets } from '../../src/observe/redact.js';
import type { ReportProblem } from '../../src/ports/tracker.js';
import type { HookReport } from '../../src/workspaces/hooks.js';

// Goal: a hook that may have been the one to save the work does not fail unseen.

/** What is told of hooks, and the problems that come of it. */
function observers() {
  const problems: Parameters<ReportProblem>[0][] = [];
  const logged: string[] = [];
  const tally = new Tally();
  const logger: Logger = {
    log: (_level, message) => logged.push(message),
    ...{ debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    with: () => logger,
  };
  const told = tellObservers({
    logger,
    history: new History({ secrets: new Secrets(), now: () => 0, onListenerFailed: () => {} }),
    tally,
    report: (problem) => problems.push(problem),
  });
  const report = (fields: Partial<HookReport>): void =>
    told.onHook({
      hook: 'after_run',
      event: 'failed',
      issue: { id: 'id-1', identifier: 'MT-1' },
      workspacePath: '/w',
      durationMs: 61_000,
      output: 'rejected: token lin_api_x',
      status: 1,
      ...fields,
    });
  return { problems, logged, tally, report };
}

describe('a hook that failed', () => {
  test.each<[Partial<HookReport>, string, string]>([
    [
      {},
      'workspace_hook_failed',
      'hook after_run of MT-1 failed with status 1; "symphony logs MT-1" shows what it printed',
    ],
    [
      { hook: 'before_remove', output: '' },
      'workspace_hook_failed',
      'hook before_remove of MT-1 failed with status 1 and printed nothing',
    ],
    [
      { status: null },
      'workspace_hook_failed',
      'hook after_run of MT-1 failed; "symphony logs MT-1" shows what it printed',
    ],
    [
      { event: 'timedOut', status: null },
      'workspace_hook_timeout',
      'hook after_run of MT-1 did not end within 61 s and was ended; "symphony logs MT-1" shows what it printed',
    ],
  ])('is a problem where nothing else comes of it: %j', (fields, code, message) => {
    const { problems, logged, tally, report } = observers();

    report(fields);

    expect(problems).toEqual([{ code, message }]);
    expect(logged).toHaveLength(1);
    expect(tally.hasFailedHooks).toBe(true);
  });

  test.each<Partial<HookReport>>([
    { hook: 'before_run' },
    { hook: 'after_create', event: 'timedOut' },
    { event: 'started', status: null, output: '' },
    { event: 'completed', status: 0, output: '' },
    { event: 'stopped', status: null, output: '' },
  ])('is no problem of its own where it fails the run, or did not fail: %j', (fields) => {
    const { problems, logged, tally, report } = observers();

    report(fields);

    expect(problems).toEqual([]);
    expect(logged).toHaveLength(1);
    expect(tally.hasFailedHooks).toBe(false);
  });
});
