import type { Effect } from '../core/effects.js';
import type { FoundWorkspace } from '../core/events.js';
import type { Clock } from '../ports/clock.js';
import type { Holds } from '../workspaces/holds.js';
import type { HookIssue, HookReport } from '../workspaces/hooks.js';
import { removeWorkspace, surveyWorkspaces } from '../workspaces/workspaces.js';
import type { Bindings } from './binding.js';
import { bounded } from './bounded.js';
import type { IssueReads } from './issue-reads.js';
import { rootOn } from './root-on.js';

type RemoveWorkspace = Extract<Effect, { type: 'removeWorkspace' }>;

/** Of several hosts, the first runs wait for all; one whose disk hangs must not hold them for long. */
const SURVEY_LIMIT_MS = 30_000;

interface KeepingParts {
  readonly bindings: Bindings;
  readonly clock: Clock;
  readonly reads: IssueReads;
  readonly holds: Holds;
  readonly marker: (purpose: string) => string;
  readonly onHook: (report: HookReport) => void;
  /** Whether an issue is claimed, or its workspaces are being removed. */
  readonly isInUse: (issueId: string) => boolean;
}

/** Workspaces outside of runs: found at start, removed when their issue is finished (SPEC 8.5, 8.6). */
export class WorkspaceKeeping {
  readonly #parts: KeepingParts;

  constructor(parts: KeepingParts) {
    this.#parts = parts;
  }

  async survey(hostName: string): Promise<readonly FoundWorkspace[]> {
    const { hosts, workflow } = this.#parts.bindings.current;
    const host = hosts.get(hostName);
    const { settings } = workflow;
    const message = `what is in workspace.root was not told within ${SURVEY_LIMIT_MS / 1_000} s`;
    return await bounded(
      this.#parts.clock,
      { ms: SURVEY_LIMIT_MS, code: 'workspace_unavailable', message },
      async () => surveyWorkspaces(host, await rootOn(host, settings), settings.workspace.isShared),
    );
  }

  /** Lets other daemons have the workspaces of issues that this one is through with. */
  letGoUnused(): void {
    this.#parts.holds.giveUpUnused(this.#parts.isInUse);
  }

  async remove({ issueId, identifier, host: hostName, path }: RemoveWorkspace): Promise<void> {
    const { bindings, clock, reads, holds, marker, onHook } = this.#parts;
    const { hosts, workflow, tracker } = bindings.current;
    const host = hosts.get(hostName);
    const issue: HookIssue = reads.known(issueId) ?? { id: issueId, identifier };
    await removeWorkspace(
      { root: await rootOn(host, workflow.settings), recorded: path },
      {
        host,
        clock,
        holds,
        isRootShared: workflow.settings.workspace.isShared,
        hooks: workflow.settings.hooks,
        issue,
        attempt: null,
        withoutEnv: tracker.tools.secretEnvironmentNames,
        marker: marker(`remove-${identifier}`),
        signal: null,
        onReport: onHook,
      },
    );
  }
}
