import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Destination } from '../../src/hosts/ssh/destination.js';

/** Where a server of the tests is, with what it takes to come in. */
export interface SshdPlace {
  readonly name: string;
  readonly port: number;
  /** Holds `user_key`. */
  readonly directory: string;
  /** As in `known_hosts`. */
  readonly hostKey: string;
}

/** The way to a server of the tests, with what the configuration gives when it says nothing. */
export function destinationOf({ name, port, directory, hostKey }: SshdPlace): Destination {
  const [, expected = ''] = hostKey.split(' ');
  return {
    name,
    host: '127.0.0.1',
    port,
    user: userInfo().username,
    identityFiles: [join(directory, 'user_key')],
    agentSocket: null,
    identitiesOnly: true,
    hostKeys: {
      algorithms: ['ssh-ed25519'],
      verify: async (key) =>
        key.toString('base64') === expected ? null : 'its host key is not the known one',
    },
    connectTimeoutMs: 10_000,
    aliveIntervalMs: 10_000,
    aliveCountMax: 3,
    via: null,
  };
}
