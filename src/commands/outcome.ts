import { absolutePath } from './arguments.js';

/** What a command line came to. */
export interface Outcome {
  exitCode: number;
  workflowPath: string | null;
}

/** The workflow file that was meant; failures name it. */
export function chosen(outcome: Outcome, path: string | undefined): string {
  outcome.workflowPath = path ?? absolutePath('WORKFLOW.md');
  return outcome.workflowPath;
}
