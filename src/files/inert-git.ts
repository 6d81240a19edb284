import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What git can be made to execute by the configuration of a repository, switched off. */
const SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.sshCommand=false',
  'core.gitProxy=',
  'core.askPass=false',
  'core.editor=false',
  'credential.helper=',
  'commit.gpgSign=false',
  'tag.gpgSign=false',
  'log.showSignature=false',
  'gpg.program=false',
  'diff.external=',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
];

/** Drivers that a repository names itself. Without a program a filter does nothing, and a diff or a merge fails. */
const DRIVER =
  /^(filter\..+)\.(clean|smudge|process|required)$|^(diff\..+)\.(command|textconv)$|^(merge\..+)\.driver$/i;

/** Commands that show differences, which they can do by themselves. */
const SHOWS_DIFFERENCES = new Set(['diff', 'log', 'show']);

/**
 * Runs git in a directory and answers what it printed, for local work only: whatever the repository configures, none of
 * it is executed (hooks, file system monitor, filters, external diff, pager, editor, signing, transports). Everything of
 * Symphony that runs git does it here.
 */
export async function inertGit(directory: string, args: readonly string[]): Promise<string> {
  const overrides = [...SETTINGS, ...(await driverOverrides(directory))];
  return await git(directory, overrides, args.flatMap(withoutDiffPrograms));
}

function withoutDiffPrograms(word: string, index: number): string[] {
  const isCommand = index === 0 && SHOWS_DIFFERENCES.has(word);
  return isCommand ? [word, '--no-ext-diff', '--no-textconv'] : [word];
}

async function driverOverrides(directory: string): Promise<string[]> {
  // Reading the configuration executes nothing.
  const names = await git(directory, SETTINGS, ['config', '--null', '--name-only', '--list']);
  return names.split('\0').flatMap((name) => {
    if (!DRIVER.test(name)) return [];
    // The name would end there, and another setting would be overridden.
    if (name.includes('=')) throw new Error(`git is not run in ${directory}: it configures ${name}`);
    return [`${name}=${name.toLowerCase().endsWith('.required') ? 'false' : ''}`];
  });
}

async function git(directory: string, settings: readonly string[], args: readonly string[]): Promise<string> {
  const options = settings.flatMap((setting) => ['-c', setting]);
  const { stdout } = await run('git', ['--no-pager', '-C', directory, ...options, ...args], {
    env: { ...process.env, ...ENVIRONMENT },
  });
  return stdout;
}

const ENVIRONMENT = {
  GIT_PAGER: 'cat',
  GIT_EDITOR: 'false',
  GIT_SEQUENCE_EDITOR: 'false',
  GIT_SSH_COMMAND: 'false',
  GIT_ASKPASS: 'false',
  GIT_TERMINAL_PROMPT: '0',
  // No way to another repository, so no helper of one either, also for objects that a partial clone would fetch.
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_NO_LAZY_FETCH: '1',
};
