import { type AgentReport, sessionId } from '../domain/session.js';
import type { HookReport } from '../workspaces/hooks.js';
import { type LogLine, spanWords } from './log-line.js';
import { issueContext } from './logger.js';

/** Whether a report is everyday talk, told only to those who ask for it. */
export function isEveryday({ event }: AgentReport): boolean {
  return event === 'notification' || event === 'other_message';
}

/** Tells what an agent session did; everyday notifications only to those who ask for them. */
export function agentLine(
  issue: { readonly id: string; readonly identifier: string },
  report: AgentReport,
): LogLine {
  const { event, message, threadId, turnId, fields } = report;
  const session = threadId !== undefined && turnId !== undefined ? sessionId(threadId, turnId) : null;
  // Not put together from parts: there are thousands of these a second.
  const { id: issue_id, identifier: issue_identifier } = issue;
  const common =
    session === null
      ? { issue_id, issue_identifier, detail: message }
      : { issue_id, issue_identifier, session_id: session, detail: message };
  return {
    level: isEveryday(report) ? 'debug' : 'info',
    message: `agent ${event}`,
    sentence: message ?? `the agent reports: ${event.replaceAll('_', ' ')}`,
    fields: fields === undefined ? common : { ...common, ...fields },
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
    sentence: hookSentence(report),
    fields: {
      ...issueContext(issue),
      hook,
      workspace: workspacePath,
      duration_ms: durationMs,
      ...(failed ? { status, output } : {}),
    },
  };
}

function hookSentence({ hook, event, durationMs, status, output }: HookReport): string {
  const after = `after ${spanWords(durationMs)}`;
  const said = output === '' ? '' : `: ${output}`;
  switch (event) {
    case 'started':
      return `hook ${hook} started`;
    case 'completed':
      return `hook ${hook} completed ${after}`;
    case 'failed':
      return `hook ${hook} failed ${after}${status === null ? '' : ` with exit status ${status}`}${said}`;
    case 'timedOut':
      return `hook ${hook} took too long and was ended ${after}${said}`;
    case 'stopped':
      return `hook ${hook} was stopped with its run ${after}`;
  }
}
