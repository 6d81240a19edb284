/** What we use of GraphQL's own module. It is handed around because it is loaded with the first call only: it costs 100 to 200 ms. */
export type Graphql = typeof import('./graphql-names.js');

/** Loads it, or gives what is loaded. */
export async function loadGraphql(): Promise<Graphql> {
  return await import('./graphql-names.js');
}
