import type { JsonValue } from '../../domain/json.js';
import type { CodexSettings } from '../../domain/settings.js';
import { objectOf, textOf } from './protocol.js';

/** Approval policies that every version has known. */
const WORDS: readonly JsonValue[] = ['untrusted', 'on-request', 'never'];

/** What each sandbox of a thread is called at a turn; these too are as old as turns. */
const SANDBOXES = {
  'read-only': 'readOnly',
  'workspace-write': 'workspaceWrite',
  'danger-full-access': 'dangerFullAccess',
} as const;

/** The sandboxes that `thread_sandbox` may name. */
export const THREAD_SANDBOXES: readonly string[] = Object.keys(SANDBOXES);

/** The type of a turn's sandbox by either name; null for one that we do not know. */
export function turnSandboxType(name: string): (typeof SANDBOXES)[keyof typeof SANDBOXES] | null {
  return Object.entries(SANDBOXES).find(([thread, turn]) => name === thread || name === turn)?.[1] ?? null;
}

/** The type that `turn_sandbox_policy` gives, null where it is left out; a value of a wrong form stands for itself. */
export function givenTurnSandbox({ turnSandboxPolicy: given }: CodexSettings): string | null {
  if (given === null) return null;
  return textOf(objectOf(given), 'type') ?? (typeof given === 'string' ? given : JSON.stringify(given));
}

/** Whether the policies of these settings mean the same to every version, so that none can refuse them. */
export function isKnownToAll(codex: CodexSettings): boolean {
  const { approvalPolicy, threadSandbox, trustWorkspace } = codex;
  const turn = givenTurnSandbox(codex);
  // The thread's is said to Codex as it is only where the workspace is trusted; elsewhere a turn's is made from it.
  const isThreadKnown = trustWorkspace
    ? THREAD_SANDBOXES.includes(threadSandbox)
    : turn !== null || turnSandboxType(threadSandbox) !== null;
  const isTurnKnown = turn === null || Object.values<string>(SANDBOXES).includes(turn);
  return WORDS.includes(approvalPolicy) && isThreadKnown && isTurnKnown;
}
