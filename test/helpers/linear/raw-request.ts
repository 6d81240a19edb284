import type { FakeLinear } from './fake-linear.js';

export interface RawRequest {
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Left out: the key that the fake knows. */
  readonly authorization?: string;
}

/** Sends a query without any client, so that a test sees what is on the wire. */
export function sendRaw(
  fake: FakeLinear,
  query: string,
  { variables = {}, authorization = fake.apiKey }: RawRequest = {},
): Promise<Response> {
  return fetch(fake.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query, variables }),
  });
}
