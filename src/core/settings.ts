import { LOCAL_HOST, type Settings } from '../domain/settings.js';

/** The part of the settings that decisions depend on; the rest belongs to adapters and the shell. */
export interface CoreSettings {
  readonly trackerKind: string;
  /** Names the tracker and what it reads: ids of another board mean nothing here. */
  readonly board: string;
  readonly activeStates: readonly string[];
  readonly terminalStates: readonly string[];
  readonly requiredLabels: readonly string[];
  /** The tracker answers candidates and refreshes in one request, so asking for both is never dearer. */
  readonly combinedPoll: boolean;
  readonly pollIntervalMs: number;
  readonly maxConcurrentAgents: number;
  readonly maxConcurrentAgentsByState: { readonly [state: string]: number };
  /** Where runs may be, in order of preference among equals. */
  readonly hosts: readonly string[];
  /** Of each host; null for no limit of its own. */
  readonly maxConcurrentAgentsPerHost: number | null;
  readonly maxRetryBackoffMs: number;
  /** 0 or less: no stall detection. */
  readonly stallTimeoutMs: number;
  readonly hookTimeoutMs: number;
}

/** Picks the core's part of the settings. */
export function coreSettings(
  settings: Settings,
  tracker: { readonly combinedPoll: boolean; readonly scope: string | null },
): CoreSettings {
  const { kind } = settings.tracker;
  return {
    trackerKind: kind,
    board: tracker.scope === null ? kind : `${kind} ${tracker.scope}`,
    activeStates: settings.tracker.activeStates,
    terminalStates: settings.tracker.terminalStates,
    requiredLabels: settings.tracker.requiredLabels,
    combinedPoll: tracker.combinedPoll,
    pollIntervalMs: settings.polling.intervalMs,
    maxConcurrentAgents: settings.agent.maxConcurrentAgents,
    maxConcurrentAgentsByState: settings.agent.maxConcurrentAgentsByState,
    hosts: settings.worker.sshHosts.length === 0 ? [LOCAL_HOST] : settings.worker.sshHosts,
    maxConcurrentAgentsPerHost:
      settings.worker.sshHosts.length === 0 ? null : settings.worker.maxConcurrentAgentsPerHost,
    maxRetryBackoffMs: settings.agent.maxRetryBackoffMs,
    stallTimeoutMs: settings.codex.stallTimeoutMs,
    hookTimeoutMs: settings.hooks.timeoutMs,
  };
}
