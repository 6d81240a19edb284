import { nearest } from '../domain/spelling.js';

/** What one can be called wrong by: the fields that templates know, and the filters. */
export interface TemplateWords {
  /** Names at the beginning of a variable. */
  readonly roots: readonly string[];
  /** Names of fields, at any depth. */
  readonly fields: readonly string[];
  readonly filters: readonly string[];
}

const KNOWN = 'emplates know "issue" and "attempt", docs/workflow.md lists their fields';
const FILTERS = 'ilters are those of Liquid, https://liquidjs.com/filters/overview.html lists them';

/** What mends a template that cannot be rendered, by what liquidjs says of it; it follows the cause after a semicolon. */
export function renderMend(said: string, words: TemplateWords): string {
  const [, variable] = /^undefined variable: (.+)$/.exec(said) ?? [];
  if (variable !== undefined) return withMeant(meantVariable(variable, words), ['t', KNOWN]);
  const [, filter] = /^undefined filter: (.+)$/.exec(said) ?? [];
  if (filter !== undefined) return withMeant(nearest(filter, words.filters), ['f', FILTERS]);
  if (/limit exceeded/.test(said)) return 'let its loops and texts grow less';
  return `t${KNOWN}`;
}

function withMeant(meant: string | null, [initial, rest]: readonly [string, string]): string {
  return meant === null ? `${initial}${rest}` : `did you mean ${meant}? ${initial.toUpperCase()}${rest}`;
}

/** Only the last name of a path is the unknown one: those before it were found. */
function meantVariable(path: string, { roots, fields }: TemplateWords): string | null {
  const names = path.split('.');
  const last = names.pop() ?? '';
  const meant = nearest(last, names.length === 0 ? roots : fields);
  return meant === null ? null : [...names, meant].join('.');
}
