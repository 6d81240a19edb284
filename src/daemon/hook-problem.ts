import type { ReportProblem } from '../ports/tracker.js';
import { type HookReport, whereItIsShown } from '../workspaces/hooks.js';

/**
 * What a hook that failed is to a person where its failure changes nothing for its run (SPEC 9.4); null when it did not
 * fail. Such a hook may be the one that saves the work, and the workspace is removed all the same.
 */
export function hookProblem(report: HookReport): Parameters<ReportProblem>[0] | null {
  const { hook, event, issue, durationMs, status, output } = report;
  const name = `hook ${hook} of ${issue.identifier}`;
  switch (event) {
    case 'failed': {
      const how = status === null ? 'failed' : `failed with status ${status}`;
      return { code: 'workspace_hook_failed', message: `${name} ${how}${whereItIsShown(issue, output)}` };
    }
    case 'timedOut': {
      const how = `did not end within ${Math.round(durationMs / 1_000)} s and was ended`;
      return { code: 'workspace_hook_timeout', message: `${name} ${how}${whereItIsShown(issue, output)}` };
    }
    default:
      return null;
  }
}
