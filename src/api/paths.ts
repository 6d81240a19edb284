/** A path with holes: `/api/v1/issues/{issue_identifier}`. */
interface Pattern {
  readonly template: string;
  readonly pattern: RegExp;
  /** Sorts what is written out before what may be anything, segment by segment. */
  readonly rank: string;
}

const HOLE = /^\{.+\}$/u;

/** The paths that a server has with their methods, for telling an unknown path from a wrong method. */
export class Paths {
  readonly #methods = new Map<string, string[]>();
  #patterns: readonly Pattern[] = [];

  /** Adds a method at a template such as `/api/v1/issues/{issue_identifier}`. */
  add(template: string, method: string): void {
    const methods = this.#methods.get(template) ?? [];
    this.#methods.set(template, [...methods, ...(method === 'GET' ? ['GET', 'HEAD'] : [method])]);
    this.#patterns = [...this.#methods.keys()].map(asPattern).sort((a, b) => a.rank.localeCompare(b.rank));
  }

  /** What a path, as it was sent, means; null when there is no such path. */
  at(path: string): { readonly template: string; readonly methods: readonly string[] } | null {
    const found = this.#patterns.find(({ pattern }) => pattern.test(path));
    if (found === undefined) return null;
    return { template: found.template, methods: this.#methods.get(found.template) ?? [] };
  }
}

/** The template in the words of Fastify's router. */
export function routerPath(template: string): string {
  return template.replace(/\{(\w+)\}/gu, ':$1');
}

function asPattern(template: string): Pattern {
  const segments = template.split('/');
  const pattern = segments.map((segment) => (HOLE.test(segment) ? '[^/#]+' : literal(segment))).join('/');
  const rank = segments.map((segment) => (HOLE.test(segment) ? '1' : '0')).join('');
  return { template, pattern: new RegExp(`^${pattern}$`, 'u'), rank };
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/gu, '\\$&');
}
