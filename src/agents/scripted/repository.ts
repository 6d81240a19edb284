import { existsSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inertGit } from '../../files/inert-git.js';

const NOTES_FILE = 'SCRIPTED-AGENT.md';
const ATTEMPTS_FILE = 'symphony-scripted-attempts';
/** Set for each command, so that no configuration of the machine is needed or changed. */
const IDENTITY = ['-c', 'user.name=Scripted Agent', '-c', 'user.email=scripted-agent@example.invalid'];

/** What a command printed and how it ended. */
export interface CommandResult {
  readonly command: string;
  readonly output: string;
  readonly exitCode: number;
}

/** Writes a line of work into a file of the workspace and says which file. */
export async function editFile(directory: string, line: string): Promise<string> {
  await appendFile(join(directory, NOTES_FILE), `- ${line}\n`);
  return NOTES_FILE;
}

/** Commits what was written, in a repository; outside of one there is nothing to do. */
export async function commit(directory: string, message: string): Promise<CommandResult | null> {
  if (!existsSync(join(directory, '.git'))) return null;
  const steps = [
    ['add', '--', NOTES_FILE],
    [...IDENTITY, 'commit', '--quiet', '-m', message],
    ['log', '-1', '--oneline'],
  ];
  const command = `git commit -m ${JSON.stringify(message)}`;
  let output = '';
  try {
    for (const step of steps) output = await inertGit(directory, step);
    return { command, output, exitCode: 0 };
  } catch (error) {
    return { command, output: error instanceof Error ? error.message : String(error), exitCode: 1 };
  }
}

/** Counts how often a script was begun in this workspace, this time included; kept where git does not look. */
export async function countAttempt(directory: string): Promise<number> {
  const gitDirectory = join(directory, '.git');
  const path = existsSync(gitDirectory)
    ? join(gitDirectory, ATTEMPTS_FILE)
    : join(directory, `.${ATTEMPTS_FILE}`);
  const before = existsSync(path) ? Number(await readFile(path, 'utf8')) : 0;
  const attempt = Number.isInteger(before) ? before + 1 : 1;
  await writeFile(path, String(attempt));
  return attempt;
}
