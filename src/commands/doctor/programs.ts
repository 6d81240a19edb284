import { SymphonyError } from '../../domain/error.js';
import { type Finding, ok, problem, skipped } from '../../domain/finding.js';
import { askShell, type ShellAnswer, type ShellPlace } from './shell.js';

/** As in `engines` of package.json. */
const NODE = '20.19.0';
/** `git config --name-only`, with which the daemon finds what a repository would have it execute. */
const GIT = '2.6.0';

/** Whether this Node is one that Symphony runs on. */
export function nodeFinding(version: string): Finding {
  return isAtLeast(version, NODE)
    ? ok('node', version)
    : problem('node', `${version} is older than ${NODE}`, `install Node ${NODE} or later`);
}

/** Whether there is a login shell, in which hooks and agents are run, and its profile lets it come to them. */
export async function bashFinding(place: ShellPlace, signal: AbortSignal): Promise<Finding> {
  const answer = await started(askShell(place, 'printf %s "$BASH_VERSION"', signal));
  if (answer instanceof SymphonyError) {
    return problem('bash', answer.message, 'install bash: hooks and agents are started with it');
  }
  const { code, output } = answer;
  if (code === 0 && output !== null && output !== '') return ok('bash', output);
  const mend = 'see the profile of this user (/etc/profile, ~/.bash_profile, ~/.profile)';
  return problem('bash', `a login shell (bash -lc) ${ended(answer)} before it runs anything`, mend);
}

/** Whether a login shell finds a git that is new enough. */
export async function gitFinding(place: ShellPlace, signal: AbortSignal): Promise<Finding> {
  const answer = await started(askShell(place, 'git --version', signal));
  // That is said of bash, and is no reason to install git.
  if (answer instanceof SymphonyError) return skipped('git', 'bash could not be started');
  if (answer.output === null) return skipped('git', 'a login shell does not come to running it');
  const mend = `install git ${GIT} or later, where the PATH of a login shell finds it`;
  const [, version] = /^git version (\d+(?:\.\d+)+)/m.exec(answer.output ?? '') ?? [];
  if (version === undefined) return problem('git', `git --version ${ended(answer)}`, mend);
  return isAtLeast(version, GIT)
    ? ok('git', version)
    : problem('git', `${version} is older than ${GIT}`, mend);
}

function ended({ code, signal, said }: ShellAnswer): string {
  const how = signal === null ? `ends with status ${String(code)}` : `is ended by ${signal}`;
  return said === '' ? how : `${how} (${said})`;
}

async function started(asking: Promise<ShellAnswer>): Promise<ShellAnswer | SymphonyError> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof SymphonyError && error.code === 'process_spawn_failed') return error;
    throw error;
  }
}

function isAtLeast(version: string, least: string): boolean {
  const [a, b] = [numbersOf(version), numbersOf(least)];
  const at = b.findIndex((number, index) => number !== (a[index] ?? 0));
  return at < 0 || (a[at] ?? 0) > (b[at] ?? 0);
}

function numbersOf(version: string): readonly number[] {
  return version
    .split(/[.-]/)
    .slice(0, 3)
    .map((part) => Number.parseInt(part, 10));
}
