import type { Effect } from '../../src/core/effects.js';
import type { CoreSettings } from '../../src/core/settings.js';
import { snapshot } from '../../src/core/snapshot.js';
import type { HostRow } from '../../src/domain/snapshot.js';
import { someFacts, someSettings } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// A pool of two hosts with room for one run each, and four issues.

export const issues = [1, 2, 3, 4].map((number) =>
  someFacts({ identifier: `MT-${number}`, priority: number }),
);
export const POOL: Partial<CoreSettings> = {
  hosts: ['a', 'b'],
  maxConcurrentAgentsPerHost: 1,
  pollIntervalMs: 3_600_000,
  stallTimeoutMs: 0,
};
export const UNREACHABLE = { code: 'host_unreachable', message: 'no route', retryAfterMs: null } as const;

export function id(number: number): string {
  return `id of MT-${number}`;
}

/** A pool at work on so many issues; what was read at first is old. */
export function pool(count: number, settings: Partial<CoreSettings> = {}): CoreDriver {
  const core = new CoreDriver({ ...POOL, ...settings });
  core.begin(...issues.slice(0, count));
  core.pass(5_000);
  return core;
}

export function reload(core: CoreDriver, settings: Partial<CoreSettings>): readonly Effect[] {
  return core.send({ type: 'workflowReloaded', settings: someSettings({ ...POOL, ...settings }) });
}

/** Answers the re-read under way as the issues are. */
export function reRead(core: CoreDriver): readonly Effect[] {
  const ids = core.state.fill?.ids ?? [];
  return core.answerReRead(...issues.filter((issue) => ids.includes(issue.id)));
}

export function tries(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) => (effect.type === 'tryHost' ? [effect.host] : []));
}

export function row(core: CoreDriver, name: string): HostRow | undefined {
  return snapshot(core.state, core).hosts.find((host) => host.name === name);
}
