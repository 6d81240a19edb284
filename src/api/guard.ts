import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { SymphonyError } from '../domain/error.js';

const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** Where the server is to listen. */
export interface BindAddress {
  readonly host: string;
  /** Whether only this machine can reach it; otherwise reading needs the operator's token, too. */
  readonly isLoopback: boolean;
}

/** The address to bind; what is not known to be loopback counts as open to other machines. */
export function bindAddress(configuredHost: string): BindAddress {
  const host = configuredHost
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/u, '$1');
  if (host === '' || host === 'localhost') return { host: '127.0.0.1', isLoopback: true };
  return { host, isLoopback: host === '::1' || (isIP(host) === 4 && host.startsWith('127.')) };
}

/** An address as it stands in a url. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** As much of a request as tells who sent it. */
export interface Sender {
  readonly method: string;
  readonly headers: Pick<IncomingHttpHeaders, 'host' | 'origin' | 'sec-fetch-site'>;
}

/** Refuses requests that a web page in the operator's browser could have sent. */
export class OriginGuard {
  readonly #names: ReadonlySet<string>;
  readonly #takesAddresses: boolean;
  readonly #allowedHosts: readonly string[];

  /** `allowedHosts` are names by which a proxy serves this server, with or without a port. */
  constructor({ host, isLoopback }: BindAddress, allowedHosts: readonly string[]) {
    const allowed = allowedHosts.map((name) => name.trim().toLowerCase());
    this.#names = new Set([...LOOPBACK_NAMES, urlHost(host), ...allowed]);
    this.#allowedHosts = allowed.flatMap(asSentByBrowsers);
    this.#takesAddresses = !isLoopback;
  }

  /**
   * A foreign Host is a page that had its own name point at this machine. Any port is taken, for tunnels choose their own;
   * what protects is the name. So a bare address is taken where other machines may ask: no page can have one by a trick.
   * A foreign Origin is a page that posts a form; reading is barred by the browser itself.
   * @throws SymphonyError `forbidden_host` or `forbidden_origin`
   */
  refuseForeign({ method, headers }: Sender): void {
    const host = headers.host?.toLowerCase() ?? '';
    if (!this.#isOurs(host)) {
      throw new SymphonyError(
        'forbidden_host',
        'This server does not answer to this name. Open it as localhost, 127.0.0.1 or [::1], or add the name to server.allowed_hosts.',
      );
    }
    if (method === 'GET' || method === 'HEAD') return;
    const { origin, 'sec-fetch-site': site } = headers;
    const isOwnOrigin = origin === undefined || this.#isOwnOrigin(origin, host);
    const isOwnSite = site === undefined || site === 'same-origin' || site === 'none';
    if (!isOwnOrigin || !isOwnSite) throw foreignOrigin();
  }

  /**
   * Refuses what a browser sent along by itself unless it also says that our own page asked for it.
   * @throws SymphonyError `forbidden_origin`
   */
  requireOwnPage({ method, headers }: Sender): void {
    if (method === 'GET' || method === 'HEAD') return;
    // Whether it is our own has been seen already.
    if (headers.origin === undefined && headers['sec-fetch-site'] !== 'same-origin') throw foreignOrigin();
  }

  #isOurs(host: string): boolean {
    const name = host.replace(/:\d*$/u, '');
    if (this.#names.has(name) || this.#allowedHosts.includes(host)) return true;
    return this.#takesAddresses && isIP(name.replace(/^\[(.*)\]$/u, '$1')) !== 0;
  }

  #isOwnOrigin(origin: string, host: string): boolean {
    if (!URL.canParse(origin)) return false;
    const { protocol, host: from } = new URL(origin);
    if (protocol !== 'http:' && protocol !== 'https:') return false;
    // A proxy may speak https to the browser, and may put a Host of its own in place of the browser's.
    const asked = `${protocol}//${host}`;
    return (URL.canParse(asked) && from === new URL(asked).host) || this.#allowedHosts.includes(from);
  }
}

/** A host with the port of https or http, which browsers leave out, also without it. */
function asSentByBrowsers(host: string): string[] {
  const withoutPort = host.replace(/:(?:443|80)$/u, '');
  return withoutPort === host ? [host] : [host, withoutPort];
}

function foreignOrigin(): SymphonyError {
  return new SymphonyError(
    'forbidden_origin',
    'Orders are taken from this server’s own pages and from programs only.',
  );
}
