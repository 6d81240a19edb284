import type { JsonObject } from '../../domain/json.js';
import type { CodexSettings } from '../../domain/settings.js';
import { SettingRefused } from '../setting-refused.js';
import { acceptedPolicies, acceptedSandboxes, acceptedThreadSandboxes } from './accepted.js';
import { codexOf, type JudgedPolicy, judgePolicy } from './approval-policy.js';
import { givenTurnSandbox, THREAD_SANDBOXES, turnSandboxType } from './known-settings.js';

/**
 * Holds settings against what the installed version says of itself. What it does not describe is left to the server,
 * which may still refuse it.
 * @throws SettingRefused with what is accepted
 */
export function judgeSettings(
  codex: CodexSettings,
  definitions: JsonObject,
  version: string | null,
): JudgedPolicy {
  const judge = codexOf(version);
  const { threadSandbox, approvalPolicy } = codex;
  if (codex.trustWorkspace) {
    requireOneOf('codex.thread_sandbox', threadSandbox, acceptedThreadSandboxes(definitions), judge);
  }
  const turnSandbox = givenTurnSandbox(codex);
  if (turnSandbox !== null) {
    requireOneOf('codex.turn_sandbox_policy', turnSandbox, acceptedSandboxes(definitions), judge);
  }
  const policies = acceptedPolicies(definitions);
  return policies === null
    ? { policy: approvalPolicy, warning: null }
    : judgePolicy(approvalPolicy, policies, version);
}

/**
 * Settings that no version can make sense of: a sandbox that is to be a turn's has to be one that we know.
 * @throws SettingRefused
 */
export function checkThreadSandbox({
  turnSandboxPolicy,
  trustWorkspace,
  threadSandbox,
}: CodexSettings): void {
  if (turnSandboxPolicy !== null || trustWorkspace || turnSandboxType(threadSandbox) !== null) return;
  requireOneOf('codex.thread_sandbox', threadSandbox, THREAD_SANDBOXES, 'Symphony');
}

function requireOneOf(key: string, value: string, accepted: readonly string[] | null, judge: string): void {
  if (accepted === null || accepted.includes(value)) return;
  const choices = [accepted.slice(0, -1).join(', '), accepted.at(-1)].filter((part) => part !== '');
  throw new SettingRefused(
    key,
    `is ${JSON.stringify(value)}, which ${judge} does not accept; set ${typeOf(key)} to ${choices.join(' or ')}`,
  );
}

/** What is to be set: of a map only its type is judged. */
function typeOf(key: string): string {
  return key === 'codex.turn_sandbox_policy' ? 'its type' : 'it';
}
