import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { errorMessage, SymphonyError } from '../domain/error.js';
import type { Settings } from '../domain/settings.js';
import type { Workflow, WorkflowWarning } from '../domain/workflow.js';
import { type FrontMatter, parseFrontMatter } from './front-matter.js';
import { located } from './place.js';
import { type PromptSource, promptRenderer, templateFault } from './prompt.js';
import { ignoredLimits } from './readings.js';
import { WorkflowSchema } from './schema.js';
import {
  type Environment,
  hasProviderKey,
  type KnownKinds,
  resolveSettings,
  trackerKind,
} from './settings.js';
import { unknownKeys } from './unknown-keys.js';
import { WorkflowSyntaxError } from './yaml-map.js';

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

/** Reads the text of a workflow file. @throws SymphonyError `missing_workflow_file` or `workflow_parse_error` */
export async function readWorkflow(file: string): Promise<string> {
  const bytes = await bytesOf(file).catch((error: unknown) => {
    throw new SymphonyError(
      'missing_workflow_file',
      `the workflow file ${path.resolve(file)} cannot be read (${errorMessage(error)}); ` +
        'give the path of a WORKFLOW.md, start in a folder that has one, or write one with "symphony init"',
      { cause: error },
    );
  });
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const what = `the workflow file ${path.resolve(file)} is not text in UTF-8; save it in that encoding`;
  throw new SymphonyError('workflow_parse_error', what);
}

/** Opened without waiting: a pipe would keep the reader until somebody writes, and a device may never end. */
async function bytesOf(file: string): Promise<Buffer> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    // Reading a directory says so itself.
    if (!found.isFile() && !found.isDirectory()) throw new Error('it is no regular file');
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** The version of a workflow text. */
export function versionOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16);
}

/** Makes a workflow of its text. @throws SymphonyError as `loadWorkflow`, all problems of the file in one */
export function parseWorkflow(file: string, text: string, context: LoadContext): Workflow {
  const parsed = parse(file, text, context);
  if (parsed.settings === null) throw summary(file, parsed.problems);
  const from = { file: path.basename(file), bodyLine: parsed.bodyLine };
  return {
    path: path.resolve(file),
    version: versionOf(text),
    settings: parsed.settings,
    warnings: [...parsed.warnings, ...templateWarnings(parsed.body, from)],
    prompt: promptRenderer(parsed.body, from),
  };
}

/** A broken template fails only attempts (SPEC 5.5), but all of them, which nobody should have to find out by waiting. */
function templateWarnings(body: string, from: PromptSource): WorkflowWarning[] {
  const fault = templateFault(body, from);
  if (fault === null) return [];
  const { code, line, what } = fault;
  return [{ code, key: null, line, message: `no run can be given its prompt: ${what}` }];
}

/** Tells everything about a file, valid or not. @throws SymphonyError `missing_workflow_file` */
export async function inspectWorkflow(file: string, context: LoadContext): Promise<Inspection> {
  const { problems, warnings, settings } = parse(file, await readWorkflow(file), context);
  const errors = problems.map(({ key, line, error }) => ({
    code: error.code,
    key,
    line,
    message: error.message,
  }));
  return { path: file, errors, warnings, settings };
}

/** One thing that makes a file unusable. */
interface Problem {
  readonly key: string | null;
  readonly line: number | null;
  readonly error: SymphonyError;
}

interface Parsed extends Pick<FrontMatter, 'body' | 'bodyLine'> {
  /** Null when there are problems. */
  readonly settings: Settings | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly WorkflowWarning[];
}

function parse(file: string, text: string, { env, known }: LoadContext): Parsed {
  const frontMatter = frontMatterOf(text);
  if ('problem' in frontMatter) {
    return { settings: null, problems: [frontMatter.problem], warnings: [], body: '', bodyLine: 1 };
  }
  const { config, body, bodyLine, lineOf } = frontMatter;
  const warnings = [...frontMatter.warnings, ...unknown(frontMatter, known), ...limitWarnings(frontMatter)];
  const checked = WorkflowSchema.safeParse(config);
  if (!checked.success) {
    const problems = problemsOf(checked.error, lineOf);
    return { settings: null, problems, warnings: inFileOrder(warnings), body, bodyLine };
  }
  const problems: Problem[] = [];
  const settings = resolveSettings(checked.data, {
    workflowDir: path.dirname(path.resolve(file)),
    env,
    known,
    warn: (warning) => {
      warnings.push({ ...warning, line: warning.key === null ? null : lineOf(warning.key) });
    },
    refuse: (key, error) => {
      problems.push({ key, line: lineOf(key), error });
    },
  });
  const ordered = inFileOrder(warnings);
  return { settings: problems.length === 0 ? settings : null, problems, warnings: ordered, body, bodyLine };
}

function frontMatterOf(text: string): FrontMatter | { readonly problem: Problem } {
  try {
    return parseFrontMatter(text);
  } catch (error) {
    if (!(error instanceof WorkflowSyntaxError)) throw error;
    return { problem: { key: null, line: error.line, error } };
  }
}

function unknown(frontMatter: FrontMatter, { trackers, agents }: KnownKinds): WorkflowWarning[] {
  const { tracker } = frontMatter.config;
  const kind = typeof tracker === 'object' && tracker !== null && 'kind' in tracker ? tracker.kind : null;
  const adapter = trackers.get(trackerKind(kind));
  return unknownKeys(frontMatter, { agents, hasProviderKey: (name) => hasProviderKey(adapter, name) });
}

/** All problems as one error: the code of the first, a line for each. */
function summary(file: string, problems: readonly Problem[]): SymphonyError {
  const [first] = problems;
  if (first === undefined) throw new Error('a workflow without problems has settings');
  const text = problems
    .map(({ line, error }) => located({ file: path.basename(file), line }, error.message))
    .join('\n');
  return new SymphonyError(first.error.code, text, { cause: first.error.cause });
}

function problemsOf(error: z.ZodError, lineOf: FrontMatter['lineOf']): Problem[] {
  const problems = error.issues.map((issue) => {
    const key = issue.path.join('.');
    return {
      key,
      line: lineOf(key),
      error: new SymphonyError('invalid_workflow_config', `${key}: ${issue.message}`),
    };
  });
  return inFileOrder(problems);
}

function inFileOrder<T extends { readonly line: number | null }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/** Limits that do not count are ignored (SPEC 5.3.5), which should not go unnoticed. */
function limitWarnings({ config, lineOf }: FrontMatter): WorkflowWarning[] {
  const { agent } = config;
  if (typeof agent !== 'object' || agent === null || !('max_concurrent_agents_by_state' in agent)) return [];
  return ignoredLimits(agent.max_concurrent_agents_by_state).map(({ state, reason }) => {
    const key = `agent.max_concurrent_agents_by_state.${state}`;
    return { code: 'ignored_value', key, line: lineOf(key), message: `${key} is ignored: ${reason}` };
  });
}
