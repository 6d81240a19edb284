import { Notices } from '../agents/notices.js';
import { createAgent } from '../agents/registry.js';
import { SettingRefused } from '../agents/setting-refused.js';
import type { Settings } from '../domain/settings.js';
import type { WorkflowWarning } from '../domain/workflow.js';
import { systemClock } from '../engine/system-clock.js';
import type { Host } from '../ports/host.js';
import { trackerAdapters } from '../trackers/registry.js';

/** What the installed agent says of settings, not yet with a place in the file. */
export interface AgentFindings {
  readonly errors: readonly WorkflowWarning[];
  readonly warnings: readonly WorkflowWarning[];
}

/**
 * Has the agent that is installed on a host judge settings as it is asked before a daemon starts; without one there is
 * nothing to say.
 */
export async function agentFindings(settings: Settings, host: Host): Promise<AgentFindings> {
  const errors: WorkflowWarning[] = [];
  const warnings: WorkflowWarning[] = [];
  const notices = new Notices((code, message, key) => warnings.push({ code, key, line: null, message }));
  const agent = createAgent(settings.agent.kind, { clock: systemClock, notices });
  const secretEnvironmentNames =
    trackerAdapters.get(settings.tracker.kind)?.secretEnvironmentNames(settings.tracker) ?? [];
  try {
    await agent.check?.({ settings, host, secretEnvironmentNames, isStart: false });
  } catch (error) {
    if (!(error instanceof SettingRefused)) throw error;
    const { code, key, message } = error;
    errors.push({ code, key, line: null, message });
  }
  return { errors, warnings };
}
