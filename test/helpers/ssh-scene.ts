import type { SshHost } from '../../src/hosts/ssh/ssh-host.js';
import { aPlace } from './processes.js';
import { aWorker } from './ssh-workers.js';
import { startSshd } from './sshd.js';
import type { Sshd } from './sshd-server.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

/** Longer than the lease of a scene, and than the grace after its control session. */
export const OUTLIVES_A_LEASE = 'echo ready; sleep 8; echo "still there"';

export interface SshScene {
  readonly sshd: Sshd;
  readonly proxy: TcpProxy;
  readonly host: SshHost;
  readonly cwd: string;
}

/** A worker behind a proxy that notices silence after three seconds, so that its lease is the shortest, five. */
export async function anSshScene(config: readonly string[] = []): Promise<SshScene> {
  const sshd = await startSshd({ config });
  const proxy = await startTcpProxy(sshd.port);
  const patience = { connectTimeoutMs: 10_000, aliveIntervalMs: 1_000, aliveCountMax: 2 };
  const { host } = aWorker(sshd.destination({ port: proxy.port, ...patience }));
  return { sshd, proxy, host, cwd: await aPlace() };
}
