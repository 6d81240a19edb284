import { errorMessage, SymphonyError } from '../domain/error.js';
import type { Host, PathKind } from '../ports/host.js';
import { MARKS, markPath, type Place, placeAt, placeOf } from './containment.js';
import type { Holds } from './holds.js';
import { type HookRun, isConfigured, runHook } from './hooks.js';
import { type Mark, readMark, writeMark } from './mark.js';

/** Everything a hook needs but the workspace itself, which is decided here, and what keeps other daemons out of it. */
export interface WorkspaceWork extends Omit<HookRun, 'workspacePath'> {
  readonly holds: Holds;
  /** The root holds more than workspaces: without a mark, a directory in it is none. */
  readonly isRootShared: boolean;
}

/** A workspace that may be used, at its physical path. */
export interface Workspace extends Place {
  /** True when this call made it, so `after_create` has just run (SPEC 4.1.4). */
  readonly createdNow: boolean;
}

/** A workspace found on disk; the issue is known where a mark says whose it is. */
export interface SurveyedWorkspace {
  readonly key: string;
  readonly path: string;
  readonly issueId: string | null;
  readonly identifier: string | null;
}

/**
 * Makes the workspace of an issue ready for a run (SPEC 9.2): reused untouched when its making once finished, made anew when
 * it is missing or was left half-built. A file in the way is replaced, a link refused. It is held from before it is touched,
 * also when that fails, until its issue is no longer in use. From then on it owes an `after_run`; one that is still owed by
 * a run whose daemon was killed comes first.
 * @throws SymphonyError of the place, the host, or the hook; `workspace_held` by another daemon
 */
export async function prepareWorkspace(root: string, work: WorkspaceWork): Promise<Workspace> {
  const { host, issue, holds } = work;
  await host.makeDirectory(root);
  const place = await placeOf(host, root, issue.identifier);
  await holds.take(host, place, issue.id);
  // Together, as a far host takes its time to answer.
  const [kind, mark] = await Promise.all([host.kindOf(place.path), readMark(host, place)]);
  requireOwn(place, kind, mark, work);
  if (kind === 'directory' && mark?.state !== 'building') {
    if (mark?.owes_after_run === true) await endRun(place, work);
    if (mark === null || mark.issue_id !== issue.id) await oweAfterRun(place, work);
    else if (isConfigured('after_run', work.hooks)) await unlessRefused(oweAfterRun(place, work));
    return { ...place, createdNow: false };
  }
  if (kind !== 'missing') await host.remove(place.path);
  await build(place, work);
  return { ...place, createdNow: true };
}

/** Runs `after_run`, whose failure changes nothing. None is owed any more once it has come to an end, whichever. */
export async function endRun(place: Place, work: WorkspaceWork): Promise<void> {
  const { host, issue, hooks } = work;
  if (!isConfigured('after_run', hooks)) return;
  try {
    await runHook('after_run', { ...work, workspacePath: place.path });
  } catch (error) {
    work.signal?.throwIfAborted();
    if (!(error instanceof SymphonyError)) throw error;
    if (error.code !== 'workspace_hook_failed' && error.code !== 'workspace_hook_timeout') return;
  }
  await unlessRefused(writeMark(host, place, 'ready', issue));
}

/** From here on nothing may come between the run and its `after_run` that loses it. */
function oweAfterRun(place: Place, { host, issue, hooks }: WorkspaceWork): Promise<void> {
  return writeMark(host, place, 'ready', issue, { owesAfterRun: isConfigured('after_run', hooks) });
}

async function build(place: Place, work: WorkspaceWork): Promise<void> {
  const { host, issue } = work;
  await writeMark(host, place, 'building', issue);
  await host.makeDirectory(place.path);
  try {
    await runHook('after_create', { ...work, workspacePath: place.path });
  } catch (error) {
    throw await discarded(host, place, error);
  }
  await oweAfterRun(place, work);
}

/** Removes what a failed `after_create` left; the hook's failure stays the one that is told. */
async function discarded(host: Host, place: Place, failure: unknown): Promise<unknown> {
  try {
    await host.remove(place.path);
    await host.remove(markPath(place));
    return failure;
  } catch (error) {
    // The mark still says that the directory is half-built, so the next attempt removes it all the same.
    if (!(failure instanceof SymphonyError)) return failure;
    const left = `${failure.message}; what it left could not be removed yet: ${errorMessage(error)}`;
    return new SymphonyError(failure.code, left, { cause: failure });
  }
}

/**
 * Removes a workspace with its mark (SPEC 8.5, 9.4): where a run recorded it, else where its key says. A missing one is
 * fine and runs no hook, and one that was never finished runs none either. `before_remove` may fail, the removal goes on.
 * @throws SymphonyError when the directory could not be removed, or is another issue's; `workspace_held` by another daemon
 */
export async function removeWorkspace(
  where: { readonly root: string; readonly recorded: string | null },
  work: WorkspaceWork,
): Promise<void> {
  const { host, issue, holds } = work;
  const { root, recorded } = where;
  const place =
    recorded === null ? await placeOf(host, root, issue.identifier) : await placeAt(host, recorded);
  // Where nothing is, nothing is held: that would make the root.
  if ((await host.kindOf(place.path)) === 'missing' && (await readMark(host, place)) === null) return;
  await holdForRemoval(place, work);
  try {
    await removeHeld(place, work);
  } finally {
    await holds.giveUp(host, place);
  }
}

async function holdForRemoval(place: Place, { host, issue, holds }: WorkspaceWork): Promise<void> {
  try {
    await holds.take(host, place, issue.id);
  } catch (error) {
    // Whether another daemon has it could be seen; a full disk must not keep from removing what fills it.
    if (!(error instanceof SymphonyError && error.code === 'workspace_unavailable')) throw error;
  }
}

async function removeHeld(place: Place, work: WorkspaceWork): Promise<void> {
  const { host, issue } = work;
  const [kind, mark] = await Promise.all([host.kindOf(place.path), readMark(host, place)]);
  requireOwn(place, kind, mark, work);
  if (kind === 'directory' && mark?.state !== 'building') {
    if (mark?.owes_after_run === true) await endRun(place, work);
    await ignoringHookFailure(runHook('before_remove', { ...work, workspacePath: place.path }));
    await unlessRefused(writeMark(host, place, 'building', issue));
  }
  if (kind !== 'missing') await host.remove(place.path);
  await host.remove(markPath(place));
}

/** A full disk must not keep from using what is there, nor from removing what fills it. */
async function unlessRefused(marking: Promise<void>): Promise<void> {
  try {
    await marking;
  } catch (error) {
    if (!(error instanceof SymphonyError)) throw error;
  }
}

/** Questions to a far host take their time on the way, so many are under way together. */
const ASKED_AT_ONCE = 50;

/**
 * What stands in a root: every directory but the marks, with its owner where known. Where the root is shared, only those
 * with a mark.
 */
export async function surveyWorkspaces(
  host: Host,
  root: string,
  isRootShared: boolean,
): Promise<readonly SurveyedWorkspace[]> {
  const physicalRoot = await host.physicalPath(root);
  const keys = (await host.list(physicalRoot)).filter((key) => key !== MARKS);
  const found: SurveyedWorkspace[] = [];
  for (let from = 0; from < keys.length; from += ASKED_AT_ONCE) {
    const some = keys.slice(from, from + ASKED_AT_ONCE);
    found.push(...(await Promise.all(some.map((key) => surveyed(host, physicalRoot, key)))).flat());
  }
  return isRootShared ? found.filter(({ issueId }) => issueId !== null) : found;
}

async function surveyed(host: Host, root: string, key: string): Promise<readonly SurveyedWorkspace[]> {
  const place = { root, key, path: `${root}/${key}` };
  if ((await host.kindOf(place.path)) !== 'directory') return [];
  const mark = await readMark(host, place);
  return [{ key, path: place.path, issueId: mark?.issue_id ?? null, identifier: mark?.identifier ?? null }];
}

/** A failing hook has reported itself; here it changes nothing. */
export async function ignoringHookFailure(hook: Promise<void>): Promise<void> {
  try {
    await hook;
  } catch (error) {
    if (!(error instanceof SymphonyError)) throw error;
  }
}

/**
 * Two identifiers can meet in one directory where the file system ignores case. One issue can have two identifiers, one
 * after the other: it got the second when it moved to another team.
 */
function requireOwn(
  { path }: Place,
  kind: PathKind,
  mark: Mark | null,
  { issue: { id, identifier }, isRootShared }: WorkspaceWork,
): void {
  if (mark === null && isRootShared && kind !== 'missing') throw somebodyElses(path);
  if (kind !== 'directory' || mark === null || mark.identifier === identifier || mark.issue_id === id) return;
  throw new SymphonyError(
    'workspace_unavailable',
    `the workspace ${path} belongs to issue ${mark.identifier}; two issues may not share one, change an identifier`,
  );
}

function somebodyElses(path: string): SymphonyError {
  return new SymphonyError(
    'workspace_unavailable',
    `${path} was there before its issue, and workspace.root holds more than workspaces, so it is left alone; give ` +
      'workspace.root a folder of its own, or the issue another identifier',
  );
}
