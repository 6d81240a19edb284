import { dirname } from 'node:path';
import { AGENT_KINDS } from '../agents/registry.js';
import { SymphonyError } from '../domain/error.js';
import type { Attempt } from '../domain/run.js';
import type { Workflow } from '../domain/workflow.js';
import { systemClock } from '../engine/system-clock.js';
import type { Tracker } from '../ports/tracker.js';
import { trackerAdapters } from '../trackers/registry.js';
import { loadWorkflow } from '../workflow/load.js';
import { findIssue } from './find-issue.js';

/** What `symphony preview` was asked. */
export interface PreviewOptions {
  readonly workflowPath: string;
  /** Identifier or id. */
  readonly issue: string;
  readonly attempt: Attempt;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Prints the prompt of a real issue, alone on stdout, and returns the exit code. Reads the tracker and runs nothing.
 * @throws SymphonyError of the workflow file, the tracker or the template, and `issue_not_found`
 */
export async function preview(options: PreviewOptions): Promise<number> {
  const { workflowPath, env, stdout } = options;
  const known = { trackers: trackerAdapters, agents: AGENT_KINDS };
  const workflow = await loadWorkflow(workflowPath, { env, known });
  const tracker = await openTracker(workflow, options);
  try {
    const never = new AbortController().signal;
    const issue = await findIssue(tracker, workflow.settings.tracker, options.issue, never);
    stdout.write(`${await workflow.prompt(issue, options.attempt)}\n`);
    return 0;
  } finally {
    await tracker.close();
  }
}

function openTracker({ path, settings }: Workflow, { env, stderr }: PreviewOptions): Promise<Tracker> {
  const adapter = trackerAdapters.get(settings.tracker.kind);
  if (adapter === undefined) {
    throw new SymphonyError('unsupported_tracker_kind', `there is no tracker ${settings.tracker.kind}`);
  }
  return adapter.create({
    isStart: false,
    tracker: settings.tracker,
    workflowDir: dirname(path),
    env,
    clock: systemClock,
    reportProblem: ({ code, message }) => {
      stderr.write(`symphony: ${message} [${code}]\n`);
    },
    notice: (message) => {
      stderr.write(`symphony: ${message}\n`);
    },
  });
}
