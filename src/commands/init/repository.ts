import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { inertGit } from '../../files/inert-git.js';
import type { Reading } from '../../workflow/setting.js';

/** The hooks of workspaces that are clones. */
export interface CloneHooks {
  readonly afterCreate: string;
  readonly beforeRun: string;
  readonly afterRun: string;
}

/** A name this long is a token rather than a user. */
const LONGEST_USER = 20;

/**
 * The address of a repository as a hook can use it, in any directory: a relative path becomes an absolute one. One with a
 * password in it is refused, since the file is there for all to read.
 */
export function repositoryAddress(given: string, cwd: string): Reading<string> {
  const address = given.trim();
  if (address === '') return { problem: 'it is empty' };
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(address)) return { problem: 'it holds control characters' };
  if (address.startsWith('-')) return { problem: 'it begins with a dash, which git takes for an option' };
  if (/^\.{1,2}(\/|$)/.test(address)) return { value: resolve(cwd, address) };
  if (/^~(\/|$)/.test(address)) return { value: `${homedir()}${address.slice(1)}` };
  if (holdsSecret(address)) {
    const mend = 'leave it out, and let git have it from a credential helper or an SSH key';
    return { problem: `it holds a password or a token, which the file must not; ${mend}` };
  }
  return { value: address };
}

function holdsSecret(address: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(address) || !URL.canParse(address)) return false;
  const { username, password } = new URL(address);
  return password !== '' || username.length > LONGEST_USER;
}

/** Where the repository around a directory comes from, for a person to agree to; null when nothing tells. */
export async function originOf(directory: string): Promise<string | null> {
  try {
    const reading = repositoryAddress(await inertGit(directory, ['remote', 'get-url', 'origin']), directory);
    return 'value' in reading ? reading.value : null;
  } catch {
    // No git, no repository or no origin: then there is nothing to propose, and nothing wrong.
    return null;
  }
}

/**
 * Hooks that clone the repository, keep each issue on a branch of its own, and push it: a workspace goes when its issue is
 * finished, and with it what was not pushed. Named refs, so that an agent that changes the branch pushes no other one.
 * Where nobody may push, no agent works: `after_run` can fail as it likes, and the work would be gone. That is asked with
 * a branch that nobody has, which hangs on nothing but access; one without a commit has nothing to ask with. An agent may
 * write what git finds in `.git`, so its programs are not run; see docs/security.md for what that leaves.
 */
export function cloneHooks(repository: string): CloneHooks {
  return {
    afterCreate: `git clone --quiet -- ${shellQuoted(repository)} .`,
    beforeRun: `set -e
${WARY_GIT}
branch="symphony/\${SYMPHONY_WORKSPACE##*/}"
git switch --quiet "$branch" 2>/dev/null || git switch --quiet --create "$branch"
if git rev-parse --quiet --verify HEAD >/dev/null; then
  git push --quiet --dry-run origin "HEAD:refs/heads/$branch.access"
fi
`,
    afterRun: `${WARY_GIT}
branch="symphony/\${SYMPHONY_WORKSPACE##*/}"
git push --quiet --force-with-lease origin "refs/heads/$branch:refs/heads/$branch"
`,
  };
}

/** For scripts that run where an agent has been. */
const WARY_GIT = 'git() { command git -c core.hooksPath=/dev/null -c core.fsmonitor=false "$@"; }';

/** A word as a shell takes it for exactly this text. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
