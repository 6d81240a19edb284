import type { JsonValue } from '../domain/json.js';
import type { CodexSettings } from '../domain/settings.js';
import type { WorkflowConfig } from './schema.js';
import type { ResolveContext } from './settings.js';

/** What a sandbox is called at the thread, and at a turn. */
const SANDBOXES: readonly { readonly thread: string; readonly turn: string }[] = [
  { thread: 'read-only', turn: 'readOnly' },
  { thread: 'workspace-write', turn: 'workspaceWrite' },
  { thread: 'danger-full-access', turn: 'dangerFullAccess' },
];

/** Modes of other agents that people carry over. */
const FOREIGN_POLICY = /^(auto|auto-?edit|full-?auto|yolo|accept-?edits|bypass-?permissions|plan)$/i;

/** Codex' own settings, handed on as they are (SPEC 5.3.6) but for a sandbox that Codex would refuse by its form. */
export function codexSettings(codex: WorkflowConfig['codex'], context: ResolveContext): CodexSettings {
  const { approval_policy: approvalPolicy, thread_sandbox: threadSandbox } = codex;
  if (typeof approvalPolicy === 'string' && FOREIGN_POLICY.test(approvalPolicy.trim())) {
    warn(
      'approval_policy',
      `"${approvalPolicy}" is a mode of other agents; Codex knows untrusted, on-request and never`,
      context,
    );
  }
  return {
    command: codex.command,
    approvalPolicy,
    threadSandbox: threadName(threadSandbox, context),
    turnSandboxPolicy: turnPolicy(codex, context),
    turnTimeoutMs: codex.turn_timeout_ms,
    readTimeoutMs: codex.read_timeout_ms,
    stallTimeoutMs: codex.stall_timeout_ms,
    commandTimeoutMs: codex.command_timeout_ms,
    trustWorkspace: codex.trust_workspace,
    resume: codex.resume,
  };
}

/** A thread's sandbox has the name with hyphens; the other spelling can mean nothing else. */
function threadName(given: string, context: ResolveContext): string {
  const meant = SANDBOXES.find(({ turn }) => turn === given.trim())?.thread;
  if (meant === undefined) return given;
  warn('thread_sandbox', `"${given}" is taken for ${meant}, as Codex calls it here`, context);
  return meant;
}

/** A turn's policy is a map; a name in its place is what `thread_sandbox` takes. */
function turnPolicy(
  { turn_sandbox_policy: given, thread_sandbox: threadSandbox }: WorkflowConfig['codex'],
  context: ResolveContext,
): JsonValue {
  if (typeof given !== 'string') return given;
  const written = given.trim();
  if (written === '') return null;
  const sandbox = SANDBOXES.find(({ thread, turn }) => written === thread || written === turn);
  if (sandbox === undefined) {
    const names = SANDBOXES.map(({ turn }) => turn).join(', ');
    warn('turn_sandbox_policy', `expected a map with a type, one of ${names} (got "${given}")`, context);
    return given;
  }
  warn(
    'turn_sandbox_policy',
    `"${given}" is taken for {type: ${sandbox.turn}}, as Codex wants a map`,
    context,
  );
  // Made from the thread's sandbox it is the same, and has the workspace's own folders in it.
  const isThreads = threadSandbox === sandbox.thread || threadSandbox === sandbox.turn;
  return isThreads ? null : { type: sandbox.turn };
}

function warn(name: string, what: string, context: ResolveContext): void {
  const key = `codex.${name}`;
  context.warn({ code: 'odd_value', key, message: `${key}: ${what}` });
}
