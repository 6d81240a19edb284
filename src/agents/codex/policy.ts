import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { CodexSettings } from '../../domain/settings.js';
import type { Host } from '../../ports/host.js';
import { gitDirectories } from './git-directories.js';
import { turnSandboxType } from './known-settings.js';
import { objectOf } from './protocol.js';

/**
 * The sandbox of a turn: the one in the settings, else what the thread's sandbox means for this workspace. One that lets
 * the agent write but does not say where is completed, as without the directories of git it could not commit. Null leaves
 * the choice to the app-server, for a sandbox that we do not know.
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
  switch (turnSandboxType(settings.threadSandbox)) {
    case 'workspaceWrite':
      return await workspaceWrite(workspacePath, host);
    case 'dangerFullAccess':
      return { type: 'dangerFullAccess' };
    case 'readOnly':
      return { type: 'readOnly', networkAccess: false };
    case null:
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
