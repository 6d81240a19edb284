import type { JsonObject, JsonValue } from '../../domain/json.js';
import { digestOf } from './digest.js';
import type { AnnouncedChange } from './file-changes.js';
import { textOf, UserInputRequest } from './protocol.js';

/**
 * By what exactly this request is known again: a hash over all that says what would be done, and nothing that changes
 * from one request to the next (ids, times). Null when that cannot be told from the request, so that no decision about
 * another one can ever count for it.
 *
 * Whether a reason is given belongs to it, as that is all that tells a command within the sandbox from the same command
 * outside of it (Codex 0.169, observed); the words of the reason do not.
 */
export function subjectOf(
  method: string,
  params: JsonObject,
  change: AnnouncedChange | null,
): JsonObject | null {
  const parts = partsOf(method, params, change);
  return parts === null ? null : { request: method, sha256: digestOf(parts) };
}

function partsOf(method: string, params: JsonObject, change: AnnouncedChange | null): JsonValue {
  switch (method) {
    case 'item/commandExecution/requestApproval':
      return commandParts(params);
    case 'execCommandApproval':
      return { ...pick(params, 'command', 'cwd'), isExplained: textOf(params, 'reason') !== null };
    case 'item/fileChange/requestApproval':
      return change === null ? null : { changes: change.sha256, ...pick(params, 'grantRoot') };
    case 'applyPatchApproval':
      return pick(params, 'fileChanges', 'grantRoot');
    case 'item/permissions/requestApproval':
      return pick(params, 'permissions', 'cwd', 'environmentId');
    case 'mcpServer/elicitation/request':
      return pick(params, 'serverName', 'mode', 'message', 'requestedSchema', 'url', '_meta');
    case 'item/tool/requestUserInput':
      return questionParts(params);
    default:
      return null;
  }
}

function commandParts(params: JsonObject): JsonValue {
  // What is typed into a running command is not told.
  if ((textOf(params, 'kind') ?? 'command') !== 'command') return null;
  const network = params['networkApprovalContext'] ?? null;
  if (textOf(params, 'command') === null && network === null) return null;
  return {
    ...pick(params, 'command', 'cwd', 'environmentId', 'additionalPermissions', 'networkApprovalContext'),
    isExplained: textOf(params, 'reason') !== null,
  };
}

function questionParts(params: JsonObject): JsonValue {
  const { questions } = UserInputRequest.parse(params);
  if (questions.length === 0) return null;
  return questions.map(({ id, header, question, options }) => ({
    id,
    header,
    question,
    options: (options ?? []).map((option) => option.label),
  }));
}

function pick(params: JsonObject, ...names: readonly string[]): Record<string, JsonValue> {
  return Object.fromEntries(names.map((name) => [name, params[name] ?? null]));
}
