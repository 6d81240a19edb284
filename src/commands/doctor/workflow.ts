import { AGENT_KINDS } from '../../agents/registry.js';
import { SymphonyError } from '../../domain/error.js';
import { type Finding, failure, ok } from '../../domain/finding.js';
import type { Settings } from '../../domain/settings.js';
import type { WorkflowWarning } from '../../domain/workflow.js';
import { trackerAdapters } from '../../trackers/registry.js';
import { inspectWorkflow, type LoadContext } from '../../workflow/load.js';
import { shortPath, withTemplate } from '../validate.js';

const NAME = 'workflow';

/** A workflow file as far as it can be used. */
export interface ExaminedWorkflow {
  readonly findings: readonly Finding[];
  /** Null when the file leaves none. */
  readonly settings: Settings | null;
}

/** Whether the daemon would start with this file. */
export async function examineWorkflow(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExaminedWorkflow> {
  const context: LoadContext = { env, known: { trackers: trackerAdapters, agents: AGENT_KINDS } };
  try {
    const { errors, warnings, settings } = await withTemplate(await inspectWorkflow(file, context), context);
    const findings = [
      ...errors.map((found) => failure(NAME, { message: placed(found) })),
      ...warnings.map((found) => ({
        ...failure(NAME, { message: placed(found) }),
        verdict: 'warning' as const,
      })),
    ];
    return { findings: findings.length > 0 ? findings : [ok(NAME, `${shortPath(file)} is valid`)], settings };
  } catch (error) {
    if (!(error instanceof SymphonyError)) throw error;
    return { findings: [failure(NAME, error)], settings: null };
  }
}

function placed({ line, message }: WorkflowWarning): string {
  return line === null ? message : `line ${line}: ${message}`;
}
