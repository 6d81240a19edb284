import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';

/** The other end of a connection on this machine, as far as it tells which process that is. */
export type Caller =
  | {
      readonly kind: 'tcp';
      /** Undefined once the connection is gone. */
      readonly localPort: number | undefined;
      readonly remotePort: number | undefined;
    }
  | {
      readonly kind: 'socket';
      /** What the caller says of itself in `x-symphony-process` and `x-symphony-proof`. */
      readonly processId: string | undefined;
      readonly proof: string | undefined;
    };

/** Who sent a request through the unix socket. */
export function socketCaller(headers: IncomingHttpHeaders): Caller {
  return {
    kind: 'socket',
    processId: oneOf(headers['x-symphony-process']),
    proof: oneOf(headers['x-symphony-proof']),
  };
}

/** Who sent a request through a port; null when it came from another machine, whose processes nobody sees here. */
export function portCaller({ localPort, remotePort, remoteAddress }: Socket): Caller | null {
  if (remoteAddress !== undefined && !isOfThisMachine(remoteAddress)) return null;
  return { kind: 'tcp', localPort, remotePort };
}

function isOfThisMachine(address: string): boolean {
  const plain = withoutMapping(address);
  if (plain.startsWith('127.') || plain === '::1') return true;
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some((own) => own.address === withoutScope(plain));
}

/** An IPv4 address may be written as one of IPv6. */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/iu, '');
}

function withoutScope(address: string): string {
  return address.replace(/%.*$/u, '');
}

function oneOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
