import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { CodexSettings } from '../../domain/settings.js';
import type { Host } from '../../ports/host.js';

/** What each sandbox is called at the thread, and in versions that write it in camel case. */
const SANDBOX_WORDS: Readonly<Record<string, 'workspaceWrite' | 'dangerFullAccess' | 'readOnly'>> = {
  'workspace-write': 'workspaceWrite',
  workspaceWrite: 'workspaceWrite',
  'danger-full-access': 'dangerFullAccess',
  dangerFullAccess: 'dangerFullAccess',
  'read-only': 'readOnly',
  readOnly: 'readOnly',
};

/**
 * The sandbox of a turn: the one in the settings unchanged, else what the thread's sandbox means for this workspace.
 * Null leaves the choice to the app-server, for a sandbox that we do not know.
 */
export async function turnSandboxPolicy(
  settings: CodexSettings,
  workspacePath: string,
  host: Host,
): Promise<JsonValue> {
  if (settings.turnSandboxPolicy !== null) return settings.turnSandboxPolicy;
  switch (SANDBOX_WORDS[settings.threadSandbox]) {
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

async function workspaceWrite(workspacePath: string, host: Host): Promise<JsonObject> {
  const gitDirectory = `${workspacePath}/.git`;
  // Codex keeps `.git` read-only within a writable root unless it is named; without it the agent could not commit.
  const isRepository = (await host.kindOf(gitDirectory)) === 'directory';
  return {
    type: 'workspaceWrite',
    writableRoots: isRepository ? [workspacePath, gitDirectory] : [workspacePath],
    networkAccess: false,
    excludeTmpdirEnvVar: false,
    excludeSlashTmp: false,
  };
}
