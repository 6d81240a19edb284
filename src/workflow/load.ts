import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { errorMessage, SymphonyError } from '../domain/error.js';
import type { Settings } from '../domain/settings.js';
import type { Workflow, WorkflowWarning } from '../domain/workflow.js';
import { type FrontMatter, parseFrontMatter } from './front-matter.js';
import { promptRenderer } from './prompt.js';
import { WorkflowSchema } from './schema.js';
import { type Environment, type KnownKinds, resolveSettings } from './settings.js';
import { unknownKeys } from './unknown-keys.js';

/** What a workflow file is read with. */
export interface LoadContext {
  readonly env: Environment;
  readonly known: KnownKinds;
}

/** All that is to say about a workflow file, for `symphony validate`. */
export interface Inspection {
  readonly path: string;
  readonly errors: readonly WorkflowWarning[];
  readonly warnings: readonly WorkflowWarning[];
  /** Null when the errors leave no settings to show. */
  readonly settings: Settings | null;
}

/**
 * Reads a workflow file into a valid workflow.
 * @throws SymphonyError `missing_workflow_file`, `workflow_*`, `invalid_workflow_config`, and those of the adapters
 */
export async function loadWorkflow(file: string, context: LoadContext): Promise<Workflow> {
  return parseWorkflow(file, await readWorkflow(file), context);
}

/** Reads the text of a workflow file. @throws SymphonyError `missing_workflow_file` */
export async function readWorkflow(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SymphonyError(
      'missing_workflow_file',
      `the workflow file ${path.resolve(file)} cannot be read (${errorMessage(error)}); ` +
        'give the path of a WORKFLOW.md, or start in a folder that has one',
      { cause: error },
    );
  }
}

/** The version of a workflow text. */
export function versionOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16);
}

/** Makes a workflow of its text. */
export function parseWorkflow(file: string, text: string, context: LoadContext): Workflow {
  const parsed = parse(file, text, context);
  if (parsed.error !== null) throw parsed.error;
  return {
    path: path.resolve(file),
    version: versionOf(text),
    settings: parsed.settings,
    warnings: parsed.warnings,
    prompt: promptRenderer(parsed.body),
  };
}

/** Tells everything about a file, valid or not. @throws SymphonyError `missing_workflow_file` */
export async function inspectWorkflow(file: string, context: LoadContext): Promise<Inspection> {
  const parsed = parse(file, await readWorkflow(file), context);
  const { warnings } = parsed;
  if (parsed.error === null) return { path: file, errors: [], warnings, settings: parsed.settings };
  return { path: file, errors: parsed.findings, warnings, settings: null };
}

type Parsed =
  | {
      readonly error: null;
      readonly settings: Settings;
      readonly body: string;
      readonly warnings: WorkflowWarning[];
    }
  | {
      readonly error: SymphonyError;
      readonly findings: WorkflowWarning[];
      readonly warnings: WorkflowWarning[];
    };

function parse(file: string, text: string, { env, known }: LoadContext): Parsed {
  const warnings: WorkflowWarning[] = [];
  try {
    const frontMatter = parseFrontMatter(text);
    const { config, body, lineOf } = frontMatter;
    warnings.push(...frontMatter.warnings, ...unknownKeys(frontMatter), ...ignoredLimits(frontMatter));
    const checked = WorkflowSchema.safeParse(config);
    if (!checked.success) return invalid(findingsOf(checked.error, lineOf), warnings);
    const workflowDir = path.dirname(path.resolve(file));
    const warn = (warning: Omit<WorkflowWarning, 'line'>): void => {
      warnings.push({ ...warning, line: warning.key === null ? null : lineOf(warning.key) });
    };
    try {
      return {
        error: null,
        settings: resolveSettings(checked.data, { workflowDir, env, known, warn }),
        body,
        warnings,
      };
    } catch (error) {
      return failed(error, warnings, lineOf);
    }
  } catch (error) {
    return failed(error, warnings, () => null);
  }
}

function failed(error: unknown, warnings: WorkflowWarning[], lineOf: FrontMatter['lineOf']): Parsed {
  if (!(error instanceof SymphonyError)) throw error;
  const key = /^([a-z_]+(?:\.[a-z_]+)+)/.exec(error.message)?.[1] ?? null;
  const line = Number(/^line (\d+):/.exec(error.message)?.[1] ?? 0) || (key === null ? null : lineOf(key));
  return { error, findings: [{ code: error.code, key, line, message: error.message }], warnings };
}

function invalid(findings: WorkflowWarning[], warnings: WorkflowWarning[]): Parsed {
  const text = findings
    .map(({ line, message }) => (line === null ? message : `line ${line}: ${message}`))
    .join('\n');
  return { error: new SymphonyError('invalid_workflow_config', text), findings, warnings };
}

function findingsOf(error: z.ZodError, lineOf: FrontMatter['lineOf']): WorkflowWarning[] {
  return error.issues.map((issue) => {
    const key = issue.path.join('.');
    return { code: 'invalid_workflow_config', key, line: lineOf(key), message: `${key}: ${issue.message}` };
  });
}

/** Limits that are not positive integers are ignored (SPEC 5.3.5), which should not go unnoticed. */
function ignoredLimits({ config, lineOf }: FrontMatter): WorkflowWarning[] {
  const { agent } = config;
  if (typeof agent !== 'object' || agent === null || !('max_concurrent_agents_by_state' in agent)) return [];
  const limits = agent.max_concurrent_agents_by_state;
  if (typeof limits !== 'object' || limits === null) return [];
  return Object.entries(limits)
    .filter(([state, limit]) => state.trim() === '' || !/^\s*\+?0*[1-9]\d*\s*$/.test(String(limit)))
    .map(([state, limit]) => {
      const key = `agent.max_concurrent_agents_by_state.${state}`;
      const message = `${key}: ${JSON.stringify(limit)} is not a whole number greater than 0, so it is ignored`;
      return { code: 'ignored_value', key, line: lineOf(key), message };
    });
}
