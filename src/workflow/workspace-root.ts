import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { SymphonyError } from '../domain/error.js';
import type { ResolveContext } from './settings.js';

/** A whole `$NAME`, the only form that the reference knows; `${NAME}` is meant to be the same. */
const WHOLE_NAME = /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})$/;
/** `${NAME}`, `${NAME:-fallback}` or `$NAME`, at the beginning of a path. */
const LEADING_NAME = /^\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*)(?=\/))/;

const DIRECTORY = 'symphony_workspaces';

/** The parent of the workspaces (SPEC 5.3.3, Appendix A.1). */
export interface WorkspaceRoot {
  /** On the daemon's machine: absolute, with `$NAME` and `~` resolved. */
  readonly root: string;
  /** On a worker, with `$NAME` resolved; `~` and what is relative mean the home directory there. */
  readonly remoteRoot: string;
  readonly isShared: boolean;
}

/**
 * Resolves the parent of the workspaces. One that holds more than workspaces is told of and known as such: `src` is as good
 * a name for an issue on a local board as it is for a folder beside it.
 */
export function workspaceRoot(given: string | null, context: ResolveContext): WorkspaceRoot {
  const written = given === null ? null : withVariables(given.trim(), context);
  if (written === null)
    return { root: path.join(tmpdir(), DIRECTORY), remoteRoot: `/tmp/${DIRECTORY}`, isShared: false };
  const home = context.env['HOME'] ?? homedir();
  const expanded = written === '~' || written.startsWith('~/') ? path.join(home, written.slice(1)) : written;
  const root = path.resolve(context.workflowDir, expanded);
  if (/^~[^/]/.test(written)) warnOfHome(written, root, context);
  if (root === path.parse(root).root) refuseSystem(root, context);
  const others = othersIn(root, home, context);
  if (others !== null) warnOfShared(root, others, context);
  return { root, remoteRoot: written, isShared: others !== null };
}

function refuseSystem(root: string, { refuse }: ResolveContext): void {
  const message = `workspace.root: ${root} is the root of the file system; give a folder of its own`;
  refuse('workspace.root', new SymphonyError('invalid_workflow_config', message));
}

/** What a root holds besides workspaces; null when nothing is known of. */
function othersIn(root: string, home: string, { workflowDir }: ResolveContext): string | null {
  if (root === workflowDir) return 'it is the folder of the workflow file';
  if (isInside(workflowDir, root)) return 'the workflow file is below it';
  return root === home ? 'it is a home directory' : null;
}

function warnOfShared(root: string, others: string, { warn }: ResolveContext): void {
  const message =
    `workspace.root: ${root} holds more than workspaces (${others}), so an issue called like a folder that is there ` +
    'already cannot be worked on; give a folder of its own, such as ./workspaces';
  warn({ code: 'shared_root', key: 'workspace.root', message });
}

function warnOfHome(written: string, root: string, { warn }: ResolveContext): void {
  const message = `workspace.root: only ~ and ~/ are resolved, so "${written}" is ${root}; write the whole path`;
  warn({ code: 'unresolved_home', key: 'workspace.root', message });
}

/** Whether a directory is somewhere below another; what links make of them is not looked at. */
function isInside(directory: string, parent: string): boolean {
  return directory !== parent && directory.startsWith(parent.endsWith('/') ? parent : `${parent}/`);
}

function withVariables(trimmed: string, context: ResolveContext): string | null {
  const [, bare, braced] = WHOLE_NAME.exec(trimmed) ?? [];
  const name = bare ?? braced;
  if (braced !== undefined) warnOfResolved(trimmed, context);
  return name === undefined ? withLeadingName(trimmed, context) : fromName(name, context);
}

function fromName(name: string, { env, warn }: ResolveContext): string | null {
  const value = variable(name, env);
  if (value !== null) return value;
  const message = `workspace.root: $${name} is not set or empty, so the default is used`;
  warn({ code: 'unset_variable', key: 'workspace.root', message });
  return null;
}

/** People write these, and a directory that is called `$HOME` is not what they mean. */
function withLeadingName(written: string, context: ResolveContext): string | null {
  const match = LEADING_NAME.exec(written);
  if (match === null) return written;
  const [matched, braced, fallback, bare] = match;
  const name = braced ?? bare ?? '';
  const value = variable(name, context.env) ?? fallback;
  if (value === undefined || value === '') {
    // Without the variable the rest would be a path from the file system's root.
    const message = `workspace.root: ${name} in "${written}" is not set; set it, or write the path`;
    context.refuse('workspace.root', new SymphonyError('invalid_workflow_config', message));
    return null;
  }
  warnOfResolved(written, context);
  return value + written.slice(matched.length);
}

/** Some systems leave these two unset, and everybody knows what they mean. */
const SYSTEM_DIRECTORIES = new Map([
  ['HOME', homedir],
  ['TMPDIR', tmpdir],
]);

function variable(name: string, env: ResolveContext['env']): string | null {
  const value = env[name]?.trim() ?? '';
  return value === '' ? (SYSTEM_DIRECTORIES.get(name)?.() ?? null) : value;
}

function warnOfResolved(written: string, { warn }: ResolveContext): void {
  const message = `workspace.root: the variable in "${written}" was resolved; other implementations take only a whole $NAME`;
  warn({ code: 'resolved_variable', key: 'workspace.root', message });
}
