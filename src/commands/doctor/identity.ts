import { SymphonyError } from '../../domain/error.js';
import { type Finding, ok, warning } from '../../domain/finding.js';
import type { Settings } from '../../domain/settings.js';
import { askShell, type ShellPlace } from './shell.js';

export const IDENTITY = 'git identity';

/** What git ends with when it does not know whose a commit is. */
const FATAL = 128;

/**
 * Whether agents are to commit under the name of the user they run as: hooks that use git bring them a repository, and no
 * hook says who they are. The scripted agent says so itself.
 */
export function commitsAsUser({ agent, hooks }: Pick<Settings, 'agent' | 'hooks'>): boolean {
  const { afterCreate, beforeRun, afterRun, beforeRemove } = hooks;
  const scripts = [afterCreate, beforeRun, afterRun, beforeRemove].join('\n');
  return agent.kind !== 'scripted' && /\bgit\b/.test(scripts) && !/\buser\.email\b/.test(scripts);
}

/**
 * Whether git knows in a login shell whose a commit is, by its settings or by what it can make out, as `git commit` asks.
 * Nothing where there is no git to ask, which is told elsewhere.
 */
export async function identityFindings(place: ShellPlace, signal: AbortSignal): Promise<readonly Finding[]> {
  const asking = askShell(
    place,
    'git var GIT_AUTHOR_IDENT && git var GIT_COMMITTER_IDENT >/dev/null',
    signal,
  );
  const answer = await asking.catch((error: unknown) => {
    if (error instanceof SymphonyError && error.code === 'process_spawn_failed') return null;
    throw error;
  });
  if (answer === null || answer.output === null) return [];
  const [, author] = /^(.+>) \d+ [+-]\d{4}$/.exec(answer.output) ?? [];
  if (answer.code === 0 && author !== undefined) return [ok(IDENTITY, `commits are by ${author}`)];
  if (answer.code !== FATAL) return [];
  return [
    warning(
      IDENTITY,
      'git does not know whose commits are, so agents cannot commit under this user',
      'as this user: git config --global user.name "…" and git config --global user.email …',
    ),
  ];
}
