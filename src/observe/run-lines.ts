import { type AgentReport, sessionId } from '../domain/session.js';
import type { HookReport } from '../workspaces/hooks.js';
import { issueContext } from './logger.js';
import type { LogLine } from './narrate.js';

/** Tells what an agent session did; everyday notifications only to those who ask for them. */
export function agentLine(
  issue: { readonly id: string; readonly identifier: string },
  { event, message, threadId, turnId, fields }: AgentReport,
): LogLine {
  const session = threadId !== undefined && turnId !== undefined ? sessionId(threadId, turnId) : null;
  return {
    level: event === 'notification' || event === 'other_message' ? 'debug' : 'info',
    message: `agent ${event}`,
    fields: { ...issueContext(issue, session), detail: message, ...fields },
  };
}

const HOOK_EVENTS: { readonly [event in HookReport['event']]: string } = {
  started: 'hook started',
  completed: 'hook completed',
  failed: 'hook failed',
  timedOut: 'hook timed out',
  stopped: 'hook stopped',
};

/** Tells what a hook did; its output only when it failed, and shortened already (SPEC 15.4). */
export function hookLine(report: HookReport): LogLine {
  const { hook, event, issue, workspacePath, durationMs, status, output } = report;
  const failed = event === 'failed' || event === 'timedOut';
  return {
    level: failed ? 'warn' : 'info',
    message: HOOK_EVENTS[event],
    fields: {
      ...issueContext(issue),
      hook,
      workspace: workspacePath,
      duration_ms: durationMs,
      ...(failed ? { status, output } : {}),
    },
  };
}
