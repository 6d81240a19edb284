import type { Issue } from './issue.js';
import type { Attempt } from './run.js';
import type { Settings } from './settings.js';

/** Something worth telling about a workflow file that does not stop it. */
export interface WorkflowWarning {
  readonly code: string;
  /** Dotted key, null when it concerns the file as a whole. */
  readonly key: string | null;
  /** 1-based line in the file, null when unknown. */
  readonly line: number | null;
  readonly message: string;
}

/** A valid WORKFLOW.md: settings and prompt of one version, which change together or not at all (SPEC 6.2). */
export interface Workflow {
  readonly path: string;
  /** Hash of the file's content; two loads of the same text are the same version. */
  readonly version: string;
  readonly settings: Settings;
  readonly warnings: readonly WorkflowWarning[];
  /**
   * Renders the prompt of an issue (SPEC 5.4, 12). Strict: unknown variables and filters fail.
   * @throws SymphonyError `template_parse_error` or `template_render_error`
   */
  prompt(issue: Issue, attempt: Attempt): Promise<string>;
}
