import { failureOf } from '../engine/perform.js';
import type { Logger } from '../observe/logger.js';
import type { LoadContext } from '../workflow/load.js';
import { WorkflowWatch } from '../workflow/watch.js';
import { warnAbout } from './log.js';
import { Rebinding, type RebindingParts } from './rebinding.js';

interface FollowWorkflowParts extends Omit<RebindingParts, 'warnAbout'> {
  readonly context: LoadContext;
  readonly logger: Logger;
}

/** The workflow file, watched. */
export interface FollowedWorkflow {
  start(): void;
  /** Reads the file now; resolves when all that is new in it is in force or was refused. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Puts the versions of the workflow file in force, and has the orchestrator told of those that cannot be read. */
export function followWorkflow({ context, logger, ...parts }: FollowWorkflowParts): FollowedWorkflow {
  const rebinding = new Rebinding({ ...parts, warnAbout: (workflow) => warnAbout(workflow, logger) });
  const watch = new WorkflowWatch(parts.bindings.current.workflow, parts.clock, context, {
    onReload: (next) => rebinding.add(next),
    onBreak: (error) => {
      rebinding.forget();
      parts.orchestrator().post({ type: 'workflowBroke', failure: failureOf(error) });
    },
    onWatchFailed: (error) => logger.warn('workflow watch failed, polling it instead', { error }),
  });
  return {
    start: () => watch.start(),
    check: async () => {
      await watch.check();
      await rebinding.settled();
    },
    close: () => watch.close(),
  };
}
