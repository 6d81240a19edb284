/** A tool as the client declares it; what we need of it. */
interface DeclaredTool {
  readonly name: string;
  readonly schema: object;
}

/** How to move the issue and comment on it with a declared tool; the argument names are those of its schema. */
export interface IssueTool {
  readonly name: string;
  setState(state: string): object;
  comment(text: string): object;
}

/** The first declared tool that offers `set_state`; null when there is none. */
export function findIssueTool(declared: unknown): IssueTool | null {
  const tool = readTools(declared).find(({ schema }) => JSON.stringify(schema).includes('"set_state"'));
  if (tool === undefined) return null;
  const properties = propertyNames(tool.schema);
  const pick = (...names: string[]): string => names.find((name) => properties.has(name)) ?? names[0] ?? '';
  const action = pick('action', 'operation', 'op', 'command');
  const state = pick('state', 'to', 'status');
  const text = pick('body', 'text', 'comment', 'message');
  return {
    name: tool.name,
    setState: (to) => ({ [action]: 'set_state', [state]: to }),
    comment: (words) => ({ [action]: 'comment', [text]: words }),
  };
}

function readTools(declared: unknown): DeclaredTool[] {
  if (!Array.isArray(declared)) return [];
  return declared.flatMap((tool: unknown) => {
    const { name, inputSchema } = (tool ?? {}) as { readonly name?: unknown; readonly inputSchema?: unknown };
    const isTool = typeof name === 'string' && typeof inputSchema === 'object' && inputSchema !== null;
    return isTool ? [{ name, schema: inputSchema }] : [];
  });
}

/** The names of all properties in a schema, also those of its alternatives. */
function propertyNames(schema: object): Set<string> {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { properties } = value as { readonly properties?: unknown };
    if (typeof properties === 'object' && properties !== null) {
      for (const name of Object.keys(properties)) names.add(name);
    }
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(schema);
  return names;
}
