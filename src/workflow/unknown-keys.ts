import type { z } from 'zod';
import type { WorkflowWarning } from '../domain/workflow.js';
import type { FrontMatter } from './front-matter.js';
import { WorkflowSchema } from './schema.js';
import { nearest } from './spelling.js';

/** What people write for keys that exist under another name, where the spelling alone would not lead there. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ['tracker.type', 'tracker.kind'],
  ['tracker.labels', 'tracker.required_labels'],
  ['tracker.states', 'tracker.active_states'],
  ['agent.max_concurrent', 'agent.max_concurrent_agents'],
  ['agent.concurrency', 'agent.max_concurrent_agents'],
  ['workspace.path', 'workspace.root'],
  ['workspace.dir', 'workspace.root'],
  ['workspace.hooks', 'hooks (at the top level)'],
  ['codex.sandbox', 'codex.thread_sandbox'],
]);

/** One warning for each key that means nothing here, with the one that was probably meant (SPEC 5.3). */
export function unknownKeys({ config, lineOf }: Pick<FrontMatter, 'config' | 'lineOf'>): WorkflowWarning[] {
  const known = [...knownKeys().keys()];
  const sections = known.filter((key) => !key.includes('.'));
  return Object.entries(config).flatMap(([name, value]) => {
    if (!sections.includes(name)) return [warning(name, suggestion(name, known), lineOf(name))];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    return Object.keys(value)
      .map((key) => `${name}.${key}`)
      .filter((key) => !known.includes(key))
      .map((key) => warning(key, suggestion(key, known), lineOf(key)));
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

function suggestion(key: string, known: readonly string[]): string | null {
  const meant = MEANT.get(key);
  if (meant !== undefined) return meant;
  const [section = '', name] = key.split('.');
  const siblings = known
    .filter((other) => (name === undefined ? !other.includes('.') : other.startsWith(`${section}.`)))
    .map((other) => other.slice(name === undefined ? 0 : section.length + 1));
  const found = spelled(name ?? key, siblings);
  if (found !== null) return name === undefined ? found : `${section}.${found}`;
  const elsewhere = known.find((other) => other.endsWith(`.${name ?? key}`));
  if (elsewhere !== undefined) return elsewhere;
  // The tracker's own keys are its adapter's to know.
  return section === 'tracker' && name !== undefined ? `tracker.provider.${name}` : null;
}

function spelled(written: string, candidates: readonly string[]): string | null {
  const snake = written
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replace(/[-\s]/g, '_')
    .replace(/^_/, '');
  if (candidates.includes(snake)) return snake;
  if (candidates.includes(`${snake}_ms`)) return `${snake}_ms`;
  const inMs = snake.replace(/_(seconds|secs?|s|minutes|mins?)$/, '_ms');
  if (inMs !== snake && candidates.includes(inMs)) return `${inMs} (in milliseconds)`;
  return nearest(snake, candidates);
}
