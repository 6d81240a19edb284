import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { SymphonyError } from '../domain/error.js';
import type { ResolveContext } from './settings.js';

/** A whole `$NAME`, the only form that the reference knows; `${NAME}` is meant to be the same. */
const WHOLE_NAME = /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})$/;
/** `${NAME}`, `${NAME:-fallback}` or `$NAME`, at the beginning of a path. */
const LEADING_NAME = /^\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*)(?=\/))/;

/** The parent of the workspaces as an absolute path (SPEC 5.3.3), with `$NAME` and `~` resolved. */
export function workspaceRoot(given: string | null, context: ResolveContext): string {
  const fallback = path.join(tmpdir(), 'symphony_workspaces');
  if (given === null) return fallback;
  const trimmed = given.trim();
  const [, bare, braced] = WHOLE_NAME.exec(trimmed) ?? [];
  const name = bare ?? braced;
  if (braced !== undefined) warnOfResolved(trimmed, context);
  const written = name === undefined ? withLeadingName(trimmed, context) : fromName(name, context);
  if (written === null) return fallback;
  const home = context.env['HOME'] ?? homedir();
  const expanded = written === '~' || written.startsWith('~/') ? path.join(home, written.slice(1)) : written;
  return path.resolve(context.workflowDir, expanded);
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
