import type { z } from 'zod';
import type { WorkflowWarning } from '../domain/workflow.js';
import type { FrontMatter } from './front-matter.js';
import { type KnownNames, keyHint } from './key-hints.js';
import { WorkflowSchema } from './schema.js';

/** One warning for each key that means nothing here, with the one that was probably meant (SPEC 5.3). */
export function unknownKeys(
  { config, lineOf }: Pick<FrontMatter, 'config' | 'lineOf'>,
  { agents, hasProviderKey }: Pick<KnownNames, 'agents' | 'hasProviderKey'>,
): WorkflowWarning[] {
  const names: KnownNames = { keys: [...knownKeys().keys()], agents, hasProviderKey };
  return Object.entries(config).flatMap(([section, value]) => {
    if (!names.keys.includes(section)) {
      return [warning(section, keyHint(section, value, names), lineOf(section))];
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    return Object.entries(value)
      .map(([name, inner]) => ({ key: `${section}.${name}`, inner }))
      .filter(({ key }) => !names.keys.includes(key))
      .map(({ key, inner }) => warning(key, keyHint(key, inner, names), lineOf(key)));
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

function warning(key: string, hint: string | null, line: number | null): WorkflowWarning {
  const message = `${key} is unknown, it is ignored${hint === null ? '' : `; ${hint}`}`;
  return { code: 'unknown_key', key, line, message };
}
