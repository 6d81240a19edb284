import type { SettingsCheck } from '../../ports/agent.js';
import type { Notices } from '../notices.js';
import type { InstalledSchema } from './installed-schema.js';
import { checkThreadSandbox, judgeSettings } from './judge.js';
import { isKnownToAll } from './known-settings.js';
import { isThere, missing, programOf } from './program.js';

/** What the check needs of the agent that it belongs to. */
interface CheckParts {
  readonly schema: InstalledSchema;
  readonly notices: Notices;
  /** The program of an agent that is not started by `codex.command`. */
  readonly ownCommand: string | null;
}

/**
 * Has the installed Codex judge settings before any session, by the words that a session would send. Only settings that
 * some version could refuse are worth starting it.
 * @throws SettingRefused
 */
export async function checkSettings(asked: SettingsCheck, parts: CheckParts): Promise<void> {
  const { codex } = asked.settings;
  checkThreadSandbox(codex);
  if (parts.ownCommand !== null) return;
  if (!isKnownToAll(codex)) await askInstalled(asked, parts);
  else if (asked.isStart) void look(asked, parts);
}

async function askInstalled(asked: SettingsCheck, { schema, notices }: CheckParts): Promise<void> {
  const { settings, host, secretEnvironmentNames } = asked;
  const { command } = settings.codex;
  const asking = {
    host,
    // No workspace is made yet, and nothing of a repository is to be read.
    cwd: '/',
    env: {},
    withoutEnv: secretEnvironmentNames,
    marker: 'settings',
    signal: null,
  };
  const told = await schema.ofInstalled(asking, command);
  if (told === 'missing') {
    const program = programOf(command);
    // One that is there misses something itself, such as its node, which the first session tells as it is.
    if (program === null || !(await isThere(program, asked)))
      notices.once('codex_not_found', missing(program ?? command), COMMAND);
    return;
  }
  if (told === null) return;
  const { warning } = judgeSettings(settings.codex, told.definitions, told.version);
  if (warning !== null) notices.translated(settings, warning);
}

/** Nobody waits for this: whoever has the program is not kept from starting. */
async function look(asked: SettingsCheck, { notices }: CheckParts): Promise<void> {
  const program = programOf(asked.settings.codex.command);
  if (program === null || (await isThere(program, asked))) return;
  notices.once('codex_not_found', missing(program), COMMAND);
}

const COMMAND = 'codex.command';
