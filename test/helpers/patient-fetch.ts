/**
 * As `fetch`, from a daemon: over a connection of its own, since one that is kept may be closed in the moment in which it is
 * used again; and once more where this process was kept so long from sending the request that the daemon gave it up.
 */
export async function patientFetch(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('connection', 'close');
  const response = await fetch(url, { ...init, headers });
  return response.status === 408 ? await patientFetch(url, init) : response;
}
