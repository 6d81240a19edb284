import { isInput } from '../api/filter.js';

export interface RequestBody {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | null;
}

/** The JSON body of a GraphQL request, or null for anything else. */
export function readRequestBody(written: string): RequestBody | null {
  const body = parsed(written);
  if (!isInput(body) || typeof body['query'] !== 'string') return null;
  const { query, variables, operationName } = body;
  return {
    query,
    variables: isInput(variables) ? variables : {},
    operationName: typeof operationName === 'string' ? operationName : null,
  };
}

function parsed(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
