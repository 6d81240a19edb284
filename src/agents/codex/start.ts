import { SymphonyError } from '../../domain/error.js';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { SessionStart } from '../../ports/agent.js';
import type { Clock } from '../../ports/clock.js';
import type { Notices } from '../notices.js';
import { type AcceptedForms, formsNamed, nameOfForm, refusedValue } from './accepted.js';
import { type JudgedPolicy, judgePolicy, POLICY_MAPS } from './approval-policy.js';
import { commandEnvironment } from './environment.js';
import { askingFor, type InstalledSchema } from './installed-schema.js';
import { judgeSettings } from './judge.js';
import { isKnownToAll } from './known-settings.js';
import type { Rpc } from './rpc.js';
import { introduce, type Server } from './server.js';
import { type OpenedThread, openThread } from './thread.js';
import { dynamicTools } from './tools.js';

/** What starting sessions needs of the agent that they belong to. */
export interface StartParts {
  readonly clock: Clock;
  readonly command: string;
  readonly schema: InstalledSchema;
  readonly notices: Notices;
  /** Told what became of a thread to go on with. */
  readonly onNote: (message: string) => void;
}

/** A session that may begin its turns. */
export interface StartedThread extends OpenedThread {
  /** As the installed version takes it. */
  readonly approvalPolicy: JsonValue;
}

/**
 * From a started process to a thread (SPEC 10.2): introduces us, says policies in the words of the installed version,
 * withholds secrets from commands, and opens the thread without having Codex trust the workspace.
 * @throws SymphonyError `agent_bad_request` for a setting that the installed version does not accept
 */
export async function startThread(start: SessionStart, rpc: Rpc, parts: StartParts): Promise<StartedThread> {
  const server = await introduce(rpc, start.settings.codex);
  const approvalPolicy = await approvalPolicyFor(server, start, parts);
  const config = { ...(await environmentFor(server, start, parts)), ...trustFor(start) };
  try {
    return await open(approvalPolicy);
  } catch (error) {
    const accepted = refusedPolicy(error, approvalPolicy);
    if (accepted === null) throw badRequest(error) ?? error;
    const judged = judgePolicy(start.settings.codex.approvalPolicy, accepted, server.version);
    return await open(told(judged, start, parts));
  }

  async function open(policy: JsonValue): Promise<StartedThread> {
    const thread = await openThread({
      rpc,
      clock: parts.clock,
      params: threadParams(start, policy, config),
      dynamicTools: dynamicTools(start.tools),
      resume: start.resume,
      onNote: parts.onNote,
    });
    return { ...thread, approvalPolicy: policy };
  }
}

function threadParams(
  { settings, workspacePath }: SessionStart,
  approvalPolicy: JsonValue,
  config: JsonObject,
): JsonObject {
  const { trustWorkspace, threadSandbox } = settings.codex;
  return {
    cwd: workspacePath,
    approvalPolicy,
    // Opening a thread with a sandbox in which it may write makes Codex trust the directory; turns have theirs anyway.
    ...(trustWorkspace ? { sandbox: threadSandbox } : {}),
    config,
  };
}

/**
 * Has Codex leave alone what the repository configures: its settings, MCP servers and rules. Said outright, because the
 * user's own configuration may have a sandbox by which Codex would come to trust the workspace, or trust it already, as
 * it does with a linked worktree of a repository that its user works in.
 */
function trustFor({ settings, workspacePath }: SessionStart): JsonObject {
  return settings.codex.trustWorkspace ? {} : { projects: { [workspacePath]: { trust_level: 'untrusted' } } };
}

async function environmentFor(
  server: Server,
  start: SessionStart,
  { command, notices }: StartParts,
): Promise<JsonObject> {
  const { config, withheld, isBlunt } = await commandEnvironment(server, start, command);
  notices.withheld({ agent: withheld, hooks: [] }, start.settings);
  if (isBlunt) {
    notices.once(
      'environment_withheld',
      'agent.env_allow cannot be heeded: the installed Codex does not tell which variables its commands see, so all ' +
        'that look secret are kept from them',
    );
  }
  return config;
}

/** Settings that a version could refuse are judged by the schema of the installed one, where it has one. */
async function approvalPolicyFor(server: Server, start: SessionStart, parts: StartParts): Promise<JsonValue> {
  const { codex } = start.settings;
  if (isKnownToAll(codex) || server.version === null) return codex.approvalPolicy;
  const definitions = await parts.schema.ofVersion(askingFor(start), parts.command, server.version);
  if (definitions === null) return codex.approvalPolicy;
  return told(judgeSettings(codex, definitions, server.version), start, parts);
}

/** The policy to send; the operator hears what was changed. */
function told(
  { policy, warning }: JudgedPolicy,
  { settings }: SessionStart,
  { notices }: StartParts,
): JsonValue {
  if (warning !== null) notices.translated(settings, warning);
  return policy;
}

/** The policies that a server accepts, when it refused to open a thread because of this one. */
function refusedPolicy(error: unknown, policy: JsonValue): AcceptedForms | null {
  if (!(error instanceof SymphonyError) || error.code !== 'response_error') return null;
  const refused = refusedValue(error.message);
  if (refused === null || refused.value !== nameOfForm(policy)) return null;
  return formsNamed(refused.accepted, POLICY_MAPS);
}

/** A refusal of the settings is nothing that another try mends; null for any other failure. */
function badRequest(error: unknown): SymphonyError | null {
  if (!(error instanceof SymphonyError) || error.code !== 'response_error') return null;
  const isRefusal = /unknown variant|missing field|invalid (type|value)/.test(error.message);
  return isRefusal ? new SymphonyError('agent_bad_request', error.message, { cause: error }) : null;
}
