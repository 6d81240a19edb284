import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { CodexSettings } from '../../domain/settings.js';
import type { Host } from '../../ports/host.js';
import { gitDirectories } from './git-directories.js';
import { objectOf } from './protocol.js';

/** What each sandbox of a thread is called at a turn, also for settings that use the name of the turn. */
const SANDBOX_TYPES: Readonly<Record<string, 'workspaceWrite' | 'dangerFullAccess' | 'readOnly'>> = {
  'workspace-write': 'workspaceWrite',
  workspaceWrite: 'workspaceWrite',
  'danger-full-access': 'dangerFullAccess',
  dangerFullAccess: 'dangerFullAccess',
  'read-only': 'readOnly',
  readOnly: 'readOnly',
};

/** The sandboxes that a turn can be given by the name of a thread's. */
export const THREAD_SANDBOXES = ['read-only', 'workspace-write', 'danger-full-access'] as const;

/** Whether `thread_sandbox` is one that a turn's policy can be made from. */
export function isThreadSandbox(name: string): boolean {
  return SANDBOX_TYPES[name] !== undefined;
}

/**
 * The sandbox of a turn: the one in the settings, else what the thread's sandbox means for this workspace. One that lets
 * the agent write but does not say where is completed, as without the directories of git it could not commit. Null leaves the choice to the app-server, for a sandbox that we do not know.
 */
export async function turnSandboxPolicy(
  settings: CodexSettings,
  workspacePath: string,
  host: Host,
): Promise<JsonValue> {
  const given = settings.turnSandboxPolicy;
  if (given !== null) {
    const policy = objectOf(given);
    const isOpen = policy['type'] === 'workspaceWrite' && !('writableRoots' in policy);
    return isOpen ? { ...(await workspaceWrite(workspacePath, host)), ...policy } : given;
  }
  switch (SANDBOX_TYPES[settings.threadSandbox]) {
    case 'workspaceWrite':
      return await workspaceWrite(workspacePath, host);
    case 'dangerFullAccess':
      return { type: 'dangerFullAccess' };
    case 'readOnly':
      return { type: 'readOnly', networkAccess: false };
    default:
      return null;
  }
}

/** Where systems keep temporary files, by physical path: Codex lets commands write there unless it is told not to. */
const TEMPORARY = ['/tmp', '/private/tmp', '/var/folders', '/private/var/folders'];

async function workspaceWrite(workspacePath: string, host: Host): Promise<JsonObject> {
  const { writable, common } = await gitDirectories(workspacePath, host);
  // A repository of others in such a place would be writable as a whole.
  const isExposed = TEMPORARY.some((place) => common?.startsWith(`${place}/`));
  return {
    type: 'workspaceWrite',
    // Codex keeps `.git` read-only within a writable root unless it is named; without it the agent could not commit.
    writableRoots: [workspacePath, ...writable],
    networkAccess: false,
    excludeTmpdirEnvVar: isExposed,
    excludeSlashTmp: isExposed,
  };
}
