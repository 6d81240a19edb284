/** A tracker's url may be anything, `javascript:` included; only a web address is returned, null for everything else. */
export function webAddress(url: string | null): string | null {
  const parsed = url === null ? null : parsedAddress(url);
  if (parsed === null) return null;
  const { protocol, hostname, href } = parsed;
  return (protocol === 'http:' || protocol === 'https:') && hostname !== '' ? href : null;
}

function parsedAddress(url: string): URL | null {
  try {
    return new URL(url);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Where the page of an issue is. */
export function issuePath(identifier: string): string {
  return `/issues/${encodeURIComponent(identifier)}`;
}

/** Where the daemon answers about an issue; under `issues/` an issue may be called like an endpoint. */
export function issueEndpoint(identifier: string, rest = ''): string {
  return `/api/v1/issues/${encodeURIComponent(identifier)}${rest}`;
}

/** What an address shows. */
export type Route =
  | { readonly name: 'overview' }
  | { readonly name: 'issue'; readonly identifier: string }
  | { readonly name: 'unknown'; readonly path: string };

/** Reads the path of an address. */
export function routeOf(path: string): Route {
  if (path === '/') return { name: 'overview' };
  const [, encoded] = /^\/issues\/([^/]+)$/u.exec(path) ?? [];
  const identifier = encoded === undefined ? null : decoded(encoded);
  return identifier === null ? { name: 'unknown', path } : { name: 'issue', identifier };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    // A percent sign that begins no escape: somebody typed this address.
    if (error instanceof URIError) return null;
    throw error;
  }
}
