import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { errorMessage } from '../../../domain/error.js';
import { nearest } from '../../../domain/spelling.js';
import { ConfigProblem, type Place } from './config-problem.js';
import type { ConfigContext } from './context.js';
import { asksForFinal, matches } from './criteria.js';
import { type Directive, directivesOf } from './directives.js';
import { expand, fromHome } from './expansion.js';
import { filesLike } from './glob.js';
import { KEPT, keptAs } from './keywords.js';
import type { Options } from './options.js';
import { fitsList, fitsPattern } from './patterns.js';

/** For whom the files are read. */
export interface Reading {
  readonly options: Options;
  readonly context: ConfigContext;
  /** As written, without user and port. */
  readonly originalHost: string;
  /** What `Host` patterns are compared with: the name as written, the second time what it leads to. */
  readonly host: string;
  readonly isFinal: boolean;
}

/** A file, and how it is come by. */
interface Source {
  readonly path: string;
  /** Relative paths and `~` of an Include mean the user's own files. */
  readonly isUsers: boolean;
  /** Others must not be able to write to it. */
  readonly isGuarded: boolean;
  /** How many Includes lead here. */
  readonly depth: number;
  /** An Include in a block that does not apply; nothing in it does. */
  readonly isInactive: boolean;
}

const MAX_DEPTH = 16;
const WRITABLE_BY_OTHERS = 0o022;

/** Reads the file of `$SYMPHONY_SSH_CONFIG` alone, as `ssh -F` does, or else the user's and the system's. */
export async function readConfiguration(reading: Reading): Promise<{ readonly wantsFinal: boolean }> {
  const { env, home, systemDirectory } = reading.context;
  const given = env['SYMPHONY_SSH_CONFIG'] ?? '';
  const base = { depth: 0, isInactive: false };
  if (given.toLowerCase() === 'none') return { wantsFinal: false };
  if (given !== '') {
    const read = await readSource(reading, { ...base, path: given, isUsers: true, isGuarded: false });
    if (read === null) {
      throw new ConfigProblem(`${given} is missing; correct SYMPHONY_SSH_CONFIG, or make the file`);
    }
    return read;
  }
  const users = { ...base, path: join(home, '.ssh', 'config'), isUsers: true, isGuarded: true };
  const systems = { ...base, path: join(systemDirectory, 'ssh_config'), isUsers: false, isGuarded: false };
  const ofUser = await readSource(reading, users);
  const ofSystem = await readSource(reading, systems);
  return { wantsFinal: ofUser?.wantsFinal === true || ofSystem?.wantsFinal === true };
}

/** Null when there is no such file. */
async function readSource(
  reading: Reading,
  source: Source,
): Promise<{ readonly wantsFinal: boolean } | null> {
  const text = await textOf(source, reading.context);
  if (text === null) return null;
  let isActive = !source.isInactive;
  let wantsFinal = false;
  for (const directive of directivesOf(text, source.path)) {
    if (directive.keyword === 'host') {
      isActive = !source.isInactive && fitsList(reading.host, directive.args);
    } else if (directive.keyword === 'match') {
      // Also where nothing applies, the files are read once more for it.
      wantsFinal ||= asksForFinal(directive);
      isActive = !source.isInactive && matching(directive, reading);
    } else if (directive.keyword === 'include') {
      const included = await readIncluded(reading, directive, { ...source, isInactive: !isActive });
      wantsFinal ||= included;
    } else if (isActive) {
      keep(directive, reading.options);
    }
  }
  return { wantsFinal };
}

async function textOf({ path, isGuarded }: Source, context: ConfigContext): Promise<string | null> {
  try {
    const text = await readFile(path, 'utf8');
    if (!isGuarded) return text;
    const { mode, uid } = await stat(path);
    if ((uid === 0 || uid === context.userId) && (mode & WRITABLE_BY_OTHERS) === 0) return text;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new ConfigProblem(
      `${path} cannot be read (${errorMessage(error)}); mend its permissions`,
      null,
      error,
    );
  }
  throw new ConfigProblem(
    `${path} can be changed by other users; run chmod go-w ${path}, and see that it is yours`,
  );
}

function matching(directive: Directive, { options, context, originalHost, host, isFinal }: Reading) {
  return matches(directive, {
    host: options.first('hostname')?.replace(/%([%h])/g, (_, sign) => (sign === 'h' ? host : sign)) ?? host,
    originalHost,
    user: options.first('user') ?? context.user,
    localUser: context.user,
    tag: options.first('tag') ?? '',
    isFinal,
  });
}

async function readIncluded(reading: Reading, directive: Directive, from: Source): Promise<boolean> {
  if (from.depth === MAX_DEPTH) {
    throw new ConfigProblem(`more than ${MAX_DEPTH} Includes lead here; remove the circle`, directive);
  }
  let wantsFinal = false;
  for (const pattern of directive.args) {
    for (const path of await filesLike(includedPath(pattern, reading.context, from, directive))) {
      const included = { ...from, path, isGuarded: true, depth: from.depth + 1 };
      const read = await readSource(reading, included);
      wantsFinal ||= read?.wantsFinal === true;
    }
  }
  return wantsFinal;
}

function includedPath(pattern: string, context: ConfigContext, { isUsers }: Source, place: Place): string {
  const { home, user, userId, systemDirectory, env } = context;
  if (pattern.startsWith('~') && !isUsers) {
    throw new ConfigProblem(
      `${pattern}: "~" means nothing in a file of the system; write the whole path`,
      place,
    );
  }
  const led = fromHome(pattern, context);
  const filled = 'problem' in led ? led : expand(led.text, { d: home, u: user, i: String(userId) }, env);
  if ('problem' in filled) throw new ConfigProblem(filled.problem, place);
  const folder = isUsers ? join(home, '.ssh') : systemDirectory;
  return isAbsolute(filled.text) ? filled.text : join(folder, filled.text);
}

function keep(directive: Directive, options: Options): void {
  const keyword = keptAs(directive.keyword);
  if (keyword === null) return;
  if (keyword !== undefined) {
    options.keep(keyword, directive);
    return;
  }
  const ignored = (options.get('ignoreunknown')?.args ?? []).flatMap((arg) => arg.split(','));
  if (ignored.some((pattern) => fitsPattern(directive.keyword, pattern.toLowerCase()))) return;
  const meant = nearest(directive.name, KEPT);
  const hint = meant === null ? 'correct it, or name it in IgnoreUnknown' : `did you mean ${meant}?`;
  throw new ConfigProblem(`${directive.name} is no option that Symphony knows; ${hint}`, directive);
}
