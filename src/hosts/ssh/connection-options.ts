import type { TcpNetConnectOpts } from 'node:net';
import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';
import { HOST_KEYS } from './config/algorithms.js';
import type { Destination } from './destination.js';

/** Where to connect to, and from where. */
export function socketOptions({ host, port, transport }: Destination): TcpNetConnectOpts {
  const bindAddress = transport?.bindAddress ?? null;
  return {
    host,
    port,
    family: transport?.addressFamily ?? 0,
    ...(bindAddress === null ? {} : { localAddress: bindAddress }),
  };
}

/** The algorithms to agree on, where the configuration says so. */
export function algorithmsOf({ hostKeys, transport }: Destination): Algorithms {
  const { ciphers = null, macs = null, keyExchanges = null } = transport ?? {};
  return {
    serverHostKey: wishedFor(hostKeys.algorithms, transport?.hostKeys ?? HOST_KEYS.usual),
    ...(ciphers === null ? {} : { cipher: [...ciphers] }),
    ...(macs === null ? {} : { hmac: [...macs] }),
    ...(keyExchanges === null ? {} : { kex: [...keyExchanges] }),
  };
}

/** The algorithms of known keys first, so that a server with several keys shows one that is known. */
function wishedFor(
  known: readonly string[],
  allowed: readonly ServerHostKeyAlgorithm[],
): ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: ServerHostKeyAlgorithm): boolean =>
    known.includes(algorithm) || (algorithm.startsWith('rsa-sha2-') && known.includes('ssh-rsa'));
  return [...allowed.filter(isKnown), ...allowed.filter((each) => !isKnown(each))];
}
