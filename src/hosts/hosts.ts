import { LOCAL_HOST } from '../domain/settings.js';
import type { HostLink } from '../domain/snapshot.js';
import type { Clock } from '../ports/clock.js';
import type { Host, Hosts } from '../ports/host.js';
import { localHost } from './local.js';
import { configContext } from './ssh/config/context.js';
import { resolveDestination } from './ssh/config/resolve.js';
import { type SshHost, sshHost } from './ssh/ssh-host.js';

/** What hosts are made with. */
export interface HostsParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of variables that are the daemon's alone: no command on this machine gets them, whatever it is allowed. */
  readonly withheld?: readonly string[];
  /** Whether new keys of machines are remembered where the SSH configuration says so; by default they are. */
  readonly remembersKeys?: boolean;
  readonly clock: Clock;
  /** Told when connections to a host come or go; must not throw. */
  readonly onLink: (host: string, link: HostLink) => void;
}

/**
 * The daemon's own machine, and SSH workers by their destinations. A worker is connected to when something is first done
 * there, and OpenSSH's configuration is read anew for each connection, so that a correction is heeded.
 */
export function createHosts({ env, withheld = [], remembersKeys = true, clock, onLink }: HostsParts): Hosts {
  const local = localHost(env, withheld);
  const workers = new Map<string, SshHost>();
  const context = { ...configContext(env), remembersKeys };
  const shareable = { ...env };
  for (const name of withheld) delete shareable[name];
  const worker = (name: string): SshHost => {
    const known = workers.get(name);
    if (known !== undefined) return known;
    const made = sshHost({
      name,
      clock,
      env: shareable,
      resolve: () => resolveDestination(name, context),
      onLink: (link) => onLink(name, link),
    });
    workers.set(name, made);
    return made;
  };
  return {
    get: (name): Host => (name === LOCAL_HOST ? local : worker(name)),
    reach: async (name) => {
      if (name !== LOCAL_HOST) await worker(name).reach();
    },
    close: async () => {
      await Promise.all([local, ...workers.values()].map((host) => host.close()));
    },
  };
}
