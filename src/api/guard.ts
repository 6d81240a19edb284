import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { SymphonyError } from '../domain/error.js';

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Where the server is to listen. */
export interface BindAddress {
  readonly host: string;
  /** Set when the configured host is not loopback and was therefore not used. */
  readonly refusedHost: string | null;
}

/**
 * The address to bind. Only loopback is served: whoever reaches the API may order the daemon about, and it has no
 * tokens yet. Another host is not an error, so that a shared WORKFLOW.md still starts.
 */
export function bindAddress(configuredHost: string): BindAddress {
  const host = configuredHost
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/u, '$1');
  if (host === '' || host === 'localhost') return { host: '127.0.0.1', refusedHost: null };
  if (host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))) return { host, refusedHost: null };
  return { host: '127.0.0.1', refusedHost: configuredHost };
}

/** As much of a request as tells who sent it. */
export interface Caller {
  readonly method: string;
  readonly headers: Pick<IncomingHttpHeaders, 'host' | 'origin' | 'sec-fetch-site'>;
}

/**
 * Refuses requests that a web page in the operator's browser could have sent.
 *
 * A foreign Host is a page that had its own name point at this machine. Any port is taken, for tunnels choose their own;
 * what protects is the name. A foreign Origin is a page that posts a form; reading is barred by the browser itself.
 * @throws SymphonyError `forbidden_host` or `forbidden_origin`
 */
export function refuseForeign({ method, headers }: Caller, boundHost: string): void {
  const host = headers.host?.toLowerCase() ?? '';
  const name = host.replace(/:\d*$/u, '');
  if (!LOOPBACK_NAMES.has(name) && name !== boundHost) {
    throw new SymphonyError(
      'forbidden_host',
      'This server answers only to localhost, 127.0.0.1 and [::1]. Open it by one of these names.',
    );
  }
  if (method === 'GET' || method === 'HEAD') return;
  const origin = headers.origin;
  const site = headers['sec-fetch-site'];
  const sameOrigin = origin === undefined || isOriginOf(origin, host);
  const sameSite = site === undefined || site === 'same-origin' || site === 'none';
  if (sameOrigin && sameSite) return;
  throw new SymphonyError(
    'forbidden_origin',
    'Orders are taken from this server’s own pages and from programs only.',
  );
}

function isOriginOf(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).origin === new URL(`http://${host}`).origin;
}
