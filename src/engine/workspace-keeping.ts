import type { Effect } from '../core/effects.js';
import type { FoundWorkspace } from '../core/events.js';
import type { Clock } from '../ports/clock.js';
import type { HookIssue, HookReport } from '../workspaces/hooks.js';
import { removeWorkspace, surveyWorkspaces } from '../workspaces/workspaces.js';
import type { Bindings } from './binding.js';
import type { IssueReads } from './issue-reads.js';

type RemoveWorkspace = Extract<Effect, { type: 'removeWorkspace' }>;

interface KeepingParts {
  readonly bindings: Bindings;
  readonly clock: Clock;
  readonly reads: IssueReads;
  readonly marker: (purpose: string) => string;
  readonly onHook: (report: HookReport) => void;
}

/** Workspaces outside of runs: found at start, removed when their issue is finished (SPEC 8.5, 8.6). */
export class WorkspaceKeeping {
  readonly #parts: KeepingParts;

  constructor(parts: KeepingParts) {
    this.#parts = parts;
  }

  async survey(): Promise<readonly FoundWorkspace[]> {
    const { host, workflow } = this.#parts.bindings.current;
    const found = await surveyWorkspaces(host, workflow.settings.workspace.root);
    return found.map((workspace) => ({ ...workspace, host: host.name }));
  }

  async remove({ issueId, identifier, workspace }: RemoveWorkspace): Promise<void> {
    const { bindings, clock, reads, marker, onHook } = this.#parts;
    const { host, workflow, tracker } = bindings.current;
    const issue: HookIssue = reads.known(issueId) ?? { id: issueId, identifier };
    await removeWorkspace(
      { root: workflow.settings.workspace.root, recorded: workspace?.path ?? null },
      {
        host,
        clock,
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
