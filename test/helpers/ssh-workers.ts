import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { HostLink } from '../../src/domain/snapshot.js';
import { systemClock } from '../../src/engine/system-clock.js';
import type { Destination } from '../../src/hosts/ssh/destination.js';
import { type SshHost, sshHost } from '../../src/hosts/ssh/ssh-host.js';
import type { Clock } from '../../src/ports/clock.js';

/** A worker at a destination; closed after the test. `links` collects what was told about its connections. */
export function aWorker(
  destination: Destination | (() => Promise<Destination>),
  clock: Clock = systemClock,
): { readonly host: SshHost; readonly links: HostLink[] } {
  const links: HostLink[] = [];
  const host = sshHost({
    name: 'build-1',
    clock,
    resolve: typeof destination === 'function' ? destination : async () => destination,
    onLink: (link) => links.push(link),
  });
  onTestFinished(() => host.close());
  return { host, links };
}

/** A destination without any key to come in with. */
export function keyless(destination: Destination): Destination {
  return { ...destination, identityFiles: [] };
}

/** The same destination with another key of the same directory. */
export function withKey(destination: Destination, directory: string, name: string): Destination {
  return { ...destination, identityFiles: [join(directory, name)] };
}
