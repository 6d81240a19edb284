import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { SessionStart } from '../../ports/agent.js';
import { turnSandboxPolicy } from './policy.js';

/** What differs between the turns of sessions with the same start. */
export interface NextTurn {
  readonly threadId: string;
  /** As the installed version takes it. */
  readonly approvalPolicy: JsonValue;
  readonly prompt: string;
}

/** The parameters of `turn/start`; policies go with every turn, as they hold for all that follow (SPEC 10.2). */
export async function turnParams(
  { host, issue, settings, workspacePath }: SessionStart,
  { threadId, approvalPolicy, prompt }: NextTurn,
): Promise<JsonObject> {
  const sandboxPolicy = await turnSandboxPolicy(settings.codex, workspacePath, host);
  return {
    threadId,
    input: [{ type: 'text', text: prompt }],
    cwd: workspacePath,
    title: `${issue.identifier}: ${issue.title}`,
    approvalPolicy,
    ...(sandboxPolicy === null ? {} : { sandboxPolicy }),
  };
}
