import { posix } from 'node:path';
import type { Host } from '../../ports/host.js';

/** What a commit writes in the common directory of a repository with linked worktrees; `reftable` where refs are one. */
const SHARED = ['objects', 'refs', 'logs', 'reftable'] as const;

/** Where the git data of a workspace is. */
export interface GitDirectories {
  /** What must be writable for commits, beyond the workspace itself. */
  readonly writable: readonly string[];
  /** The repository that a linked worktree shares with others; null for a workspace that is none. */
  readonly common: string | null;
}

/**
 * The directories that must be writable for commits in a workspace, beyond the workspace itself. Nothing is run for it:
 * git would do what the repository configures.
 *
 * A workspace with a `.git` directory gets all of it. One that is a linked worktree shares its repository with others,
 * and gets its own git directory and what a commit writes in the common one; hooks, configuration and packed refs of the
 * main repository stay as they are. No other link is followed, and this one only if the main repository says the same:
 * the text of a `.git` file may come from an agent.
 */
export async function gitDirectories(workspacePath: string, host: Host): Promise<GitDirectories> {
  const dotGit = `${workspacePath}/.git`;
  const kind = await host.kindOf(dotGit);
  if (kind === 'directory') return { writable: [dotGit], common: null };
  const linked = kind === 'other' ? await linkedDirectory(dotGit, host) : null;
  if (linked === null) return { writable: [], common: null };
  const common = posix.dirname(posix.dirname(linked));
  // Git makes it with the first commit, but cannot where only what is in the common directory is writable.
  if ((await host.kindOf(`${common}/logs`)) === 'missing') await host.makeDirectory(`${common}/logs`);
  const writable = [linked];
  for (const name of SHARED) {
    if ((await host.kindOf(`${common}/${name}`)) === 'directory') writable.push(`${common}/${name}`);
  }
  return { writable, common };
}

/** The git directory that a `.git` file leads to, when it is `<common>/worktrees/<name>` and leads back to this file. */
async function linkedDirectory(dotGit: string, host: Host): Promise<string | null> {
  const [, target = null] = /^gitdir: (.+)$/.exec((await host.readText(dotGit))?.trim() ?? '') ?? [];
  if (target === null) return null;
  const linked = await host.physicalPath(posix.resolve(posix.dirname(dotGit), target));
  const worktrees = posix.dirname(linked);
  const common = posix.dirname(worktrees);
  if (posix.basename(worktrees) !== 'worktrees' || (await host.kindOf(linked)) !== 'directory') return null;
  const [back, shared] = [
    await host.readText(`${linked}/gitdir`),
    await host.readText(`${linked}/commondir`),
  ];
  if (back === null || shared === null) return null;
  const leadsBack = (await host.physicalPath(posix.resolve(linked, back.trim()))) === dotGit;
  const sharesCommon = (await host.physicalPath(posix.resolve(linked, shared.trim()))) === common;
  return leadsBack && sharesCommon && (await isRepository(common, host)) ? linked : null;
}

async function isRepository(common: string, host: Host): Promise<boolean> {
  return (
    (await host.kindOf(`${common}/HEAD`)) === 'other' &&
    (await host.kindOf(`${common}/objects`)) === 'directory' &&
    (await host.kindOf(`${common}/refs`)) === 'directory'
  );
}
