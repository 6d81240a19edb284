import { dirname } from 'node:path';
import { examineAgent } from '../../agents/registry.js';
import { type Finding, failure, ok, warning } from '../../domain/finding.js';
import type { Settings } from '../../domain/settings.js';
import type { Clock } from '../../ports/clock.js';
import { trackerAdapters } from '../../trackers/registry.js';
import { agentFindings } from '../agent-findings.js';
import { isSet, type ShellPlace } from './shell.js';

/** What adapters are examined with. */
export interface ExaminedSettings {
  readonly settings: Settings;
  readonly workflowPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** Whether the configured agent may work on a host. */
export async function agentOn(
  place: ShellPlace,
  { settings, clock }: ExaminedSettings,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { host, secretEnvironmentNames } = place;
  return await examineAgent({
    settings,
    host,
    clock,
    secretEnvironmentNames,
    isSet: (variable) => isSet(place, variable, signal),
    signal,
  });
}

/** What the agent of a host objects to in its settings; nothing also where no agent is installed that could. */
export async function agentSettings(
  { host }: ShellPlace,
  { settings }: Pick<ExaminedSettings, 'settings'>,
): Promise<readonly Finding[]> {
  const name = 'agent settings';
  const { errors, warnings } = await agentFindings(settings, host);
  return [
    ...errors.map((found) => failure(name, found)),
    ...warnings.map(({ message }) => warning(name, message, null)),
  ];
}

/** Whether what the settings say of the tracker is there. */
export async function trackerFindings(
  { settings: { tracker }, workflowPath, env, clock }: ExaminedSettings,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const examination = { tracker, workflowDir: dirname(workflowPath), env, clock, signal };
  const found = await trackerAdapters.get(tracker.kind)?.examine?.(examination);
  return found ?? [ok('tracker', `the tracker ${tracker.kind} is part of Symphony`)];
}
