import { SymphonyError } from '../domain/error.js';
import { LOCAL_HOST } from '../domain/settings.js';
import type { HostLink } from '../domain/snapshot.js';
import type { Clock } from '../ports/clock.js';
import type { Host, Hosts } from '../ports/host.js';
import { localHost } from './local.js';

/** What hosts are made with. */
export interface HostsParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Told when connections to a host come or go; must not throw. */
  readonly onLink: (host: string, link: HostLink) => void;
}

/** The daemon's own machine, and SSH workers by their destinations. */
export function createHosts({ env }: HostsParts): Hosts {
  const local = localHost(env);
  const get = (name: string): Host => {
    if (name === LOCAL_HOST) return local;
    throw new SymphonyError('host_unreachable', `${name} cannot be used: SSH workers are not built in yet`);
  };
  return {
    get,
    reach: async (name) => {
      get(name);
    },
    close: () => local.close(),
  };
}
