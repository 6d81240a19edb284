import type { z } from 'zod';
import type { WorkflowWarning } from '../domain/workflow.js';
import type { FrontMatter } from './front-matter.js';
import { WorkflowSchema } from './schema.js';

/** What people write for keys that exist under another name, where the spelling alone would not lead there. */
const MEANT: { readonly [key: string]: string } = {
  'tracker.type': 'tracker.kind',
  'tracker.labels': 'tracker.required_labels',
  'tracker.states': 'tracker.active_states',
  'polling.interval': 'polling.interval_ms',
  'polling.interval_seconds': 'polling.interval_ms (in milliseconds)',
  'agent.max_concurrent': 'agent.max_concurrent_agents',
  'agent.concurrency': 'agent.max_concurrent_agents',
  'agent.max_retries': '',
  'workspace.path': 'workspace.root',
  'workspace.dir': 'workspace.root',
  'workspace.hooks': 'hooks (at the top level)',
};

/** One warning for each key that means nothing here, with the one that was probably meant (SPEC 5.3). */
export function unknownKeys({ config, lineOf }: Pick<FrontMatter, 'config' | 'lineOf'>): WorkflowWarning[] {
  const known = knownKeys();
  const sections = [...known.keys()].filter((key) => !key.includes('.'));
  return Object.entries(config).flatMap(([name, value]) => {
    if (!sections.includes(name)) return [warning(name, suggestion(name, sections), lineOf(name))];
    if (typeof value !== 'object' || value === null) return [];
    const keys = [...known.keys()].filter((key) => key.startsWith(`${name}.`));
    return Object.keys(value)
      .map((key) => `${name}.${key}`)
      .filter((key) => !known.has(key))
      .map((key) => warning(key, suggestion(key, keys), lineOf(key)));
  });
}

/** Every dotted key with its schema; sections by their own name. */
export function knownKeys(): ReadonlyMap<string, z.ZodType> {
  const keys = new Map<string, z.ZodType>();
  for (const [section, schema] of Object.entries(WorkflowSchema.shape)) {
    keys.set(section, schema);
    for (const [key, inner] of Object.entries(schema.out.shape))
      keys.set(`${section}.${key}`, inner as z.ZodType);
  }
  return keys;
}

function warning(key: string, meant: string | null, line: number | null): WorkflowWarning {
  const hint = meant === null ? 'it is ignored' : `it is ignored; did you mean ${meant}?`;
  return { code: 'unknown_key', key, line, message: `${key} is unknown, ${hint}` };
}

function suggestion(key: string, candidates: readonly string[]): string | null {
  const meant = MEANT[key];
  if (meant !== undefined) return meant === '' ? null : meant;
  const snake = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/-/g, '_');
  if (candidates.includes(snake)) return snake;
  const inMs = snake.replace(/_(seconds|secs|s|minutes)$/, '_ms');
  if (inMs !== snake && candidates.includes(inMs)) return `${inMs} (in milliseconds)`;
  const [nearest] = candidates
    .map((candidate) => ({ candidate, distance: distance(snake, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  if (nearest === undefined || nearest.distance > Math.max(2, key.length / 6)) return null;
  return nearest.candidate;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
