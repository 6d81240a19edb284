import type { HookSettings } from '../../src/domain/settings.js';
import { systemClock } from '../../src/engine/system-clock.js';
import { localHost } from '../../src/hosts/local.js';
import type { Host } from '../../src/ports/host.js';
import { type DaemonIdentity, Holds } from '../../src/workspaces/holds.js';
import type { HookReport } from '../../src/workspaces/hooks.js';
import type { WorkspaceWork } from '../../src/workspaces/workspaces.js';
import { anIssue } from './build.js';

/** This machine, where a login shell reads nobody's profile. */
export function aHost(env: Readonly<Record<string, string>> = {}): Host {
  return localHost({ PATH: process.env['PATH'], HOME: '/nowhere', ...env });
}

/** A daemon among others, as it holds workspaces. */
export function aDaemon(fields: Partial<DaemonIdentity> = {}): Holds {
  return new Holds({
    id: 'd1',
    pid: process.pid,
    machine: 'build-9',
    stateDirectory: '/state/one',
    ...fields,
  });
}

/** Hooks that are not configured, but for these. */
function someHooks(hooks: Partial<HookSettings> = {}): HookSettings {
  return {
    afterCreate: null,
    beforeRun: null,
    afterRun: null,
    beforeRemove: null,
    timeoutMs: 60_000,
    envAllow: [],
    ...hooks,
  };
}

/** Work in the workspace of MT-1, and the hooks it reported. */
export function someWork(
  host: Host,
  hooks: Partial<HookSettings> = {},
  fields: Partial<WorkspaceWork> = {},
): WorkspaceWork & { readonly reports: HookReport[] } {
  const reports: HookReport[] = [];
  return {
    host,
    clock: systemClock,
    holds: aDaemon(),
    isRootShared: false,
    hooks: someHooks(hooks),
    issue: anIssue({ identifier: 'MT-1' }),
    attempt: null,
    withoutEnv: [],
    marker: 'test',
    signal: null,
    onReport: (report) => reports.push(report),
    ...fields,
    reports,
  };
}
