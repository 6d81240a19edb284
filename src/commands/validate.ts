import { relative } from 'node:path';
import { AGENT_KINDS } from '../agents/registry.js';
import { SymphonyError } from '../domain/error.js';
import type { Issue } from '../domain/issue.js';
import type { Settings } from '../domain/settings.js';
import type { WorkflowWarning } from '../domain/workflow.js';
import { localHost } from '../hosts/local.js';
import { checkDestinations } from '../hosts/ssh/config/check.js';
import { configContext } from '../hosts/ssh/config/context.js';
import type { Host } from '../ports/host.js';
import { trackerAdapters } from '../trackers/registry.js';
import { parseFrontMatter } from '../workflow/front-matter.js';
import {
  type Inspection,
  inspectWorkflow,
  type LoadContext,
  loadWorkflow,
  readWorkflow,
} from '../workflow/load.js';
import { PromptError } from '../workflow/prompt.js';
import { agentFindings } from './agent-findings.js';
import { validationReport } from './validation-report.js';

/** What `symphony validate` was asked. */
export interface ValidateOptions {
  readonly workflowPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream;
}

/**
 * Tells all about a workflow file and returns the exit code: 0 when it is valid, warnings or not.
 * @throws SymphonyError `missing_workflow_file`
 */
export async function validate({ workflowPath, env, stdout }: ValidateOptions): Promise<number> {
  const context: LoadContext = { env, known: { trackers: trackerAdapters, agents: AGENT_KINDS } };
  const ofFile = await withTemplate(await inspectWorkflow(workflowPath, context), context);
  const inspection = await withWorkers(await withAgent(ofFile, env), env);
  const secrets = inspection.settings === null ? [] : trackerSecrets(inspection.settings, env);
  stdout.write(validationReport({ ...inspection, path: shortPath(workflowPath) }, { env, secrets }));
  return inspection.errors.length === 0 ? 0 : 1;
}

/** As it would be typed here, where that is shorter than the whole path. */
export function shortPath(path: string): string {
  const fromHere = relative('', path);
  return fromHere.startsWith('..') ? path : fromHere;
}

function trackerSecrets({ tracker }: Settings, env: ValidateOptions['env']): readonly string[] {
  return trackerAdapters.get(tracker.kind)?.secretValues(tracker, env) ?? [];
}

/**
 * Adds what is wrong with the prompt. A template that does not parse, or has a filter that is not there, fails every run,
 * so it is an error here. One that cannot be rendered for a complete issue probably does too, but only a real one could
 * tell.
 */
export async function withTemplate(inspection: Inspection, context: LoadContext): Promise<Inspection> {
  if (inspection.errors.length > 0) return inspection;
  const workflow = await loadWorkflow(inspection.path, context);
  try {
    await workflow.prompt(COMPLETE_ISSUE, 1);
    return inspection;
  } catch (error) {
    if (!(error instanceof PromptError)) throw error;
    const { code, line, what, failsEachRun } = error;
    const finding: WorkflowWarning = { code, key: null, line, message: what };
    return failsEachRun
      ? { ...inspection, errors: [finding] }
      : { ...inspection, warnings: [...inspection.warnings, finding] };
  }
}

/** Adds what the installed agent would refuse or be told in other words; the one that counts is where it works. */
async function withAgent(inspection: Inspection, env: ValidateOptions['env']): Promise<Inspection> {
  const { path, settings } = inspection;
  if (settings === null || settings.worker.sshHosts.length > 0) return inspection;
  const { errors, warnings } = await onThisMachine(env, (host) => agentFindings(settings, host));
  if (errors.length + warnings.length === 0) return inspection;
  const { lineOf } = parseFrontMatter(await readWorkflow(path));
  const placed = (findings: readonly WorkflowWarning[]): WorkflowWarning[] =>
    findings.map((finding) => ({ ...finding, line: finding.key === null ? null : lineOf(finding.key) }));
  return {
    ...inspection,
    errors: [...inspection.errors, ...placed(errors)],
    warnings: [...inspection.warnings, ...placed(warnings)],
  };
}

async function onThisMachine<T>(env: ValidateOptions['env'], look: (host: Host) => Promise<T>): Promise<T> {
  const host = localHost(env);
  try {
    return await look(host);
  } finally {
    await host.close();
  }
}

/** Adds what is wrong with the SSH configuration of the workers, whatever these do; none is connected to. */
async function withWorkers(inspection: Inspection, env: ValidateOptions['env']): Promise<Inspection> {
  const { path, settings } = inspection;
  const names = settings?.worker.sshHosts ?? [];
  if (names.length === 0) return inspection;
  const key = 'worker.ssh_hosts';
  const line = parseFrontMatter(await readWorkflow(path)).lineOf(key);
  try {
    const messages = await checkDestinations(names, configContext(env));
    const warnings = messages.map((message) => ({ code: 'ssh_configuration', key, line, message }));
    return { ...inspection, warnings: [...inspection.warnings, ...warnings] };
  } catch (error) {
    if (!(error instanceof SymphonyError)) throw error;
    const { code, message } = error;
    const errors = message.split('\n').map((each) => ({ code, key, line, message: each }));
    return { ...inspection, errors: [...inspection.errors, ...errors] };
  }
}

const COMPLETE_ISSUE: Issue = {
  id: 'id',
  nativeRef: {},
  identifier: 'EXAMPLE-1',
  title: 'An example',
  description: 'It has a value for everything.',
  priority: 1,
  state: 'Todo',
  branchName: 'example',
  url: 'https://example.com/EXAMPLE-1',
  assigneeId: 'somebody',
  labels: ['example'],
  blockedBy: [{ id: 'other', identifier: 'EXAMPLE-2', state: 'Done' }],
  dispatchable: true,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
};
