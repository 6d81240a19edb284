import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import { objectOf } from './protocol.js';

/** The forms of a setting that an installed Codex accepts: plain words, and maps by their only key. */
export interface AcceptedForms {
  readonly words: readonly string[];
  /** What such a map holds; null when it is not known. */
  readonly maps: { readonly [key: string]: MapForm | null };
}

/** Members of a map that are true or false. */
export interface MapForm {
  readonly members: readonly string[];
  readonly required: readonly string[];
}

const Variant = z.looseObject({
  enum: z.array(z.string()).catch([]).default([]),
  required: z.array(z.string()).catch([]).default([]),
  properties: z.record(z.string(), z.unknown()).catch({}).default({}),
});
const Union = z.looseObject({ oneOf: z.array(Variant) });

/** The approval policies by a schema's definitions; null when they are not described in a way that we know. */
export function acceptedPolicies(definitions: JsonObject): AcceptedForms | null {
  const union = Union.safeParse(definitions['AskForApproval']);
  if (!union.success) return null;
  const words = union.data.oneOf.flatMap((variant) => variant.enum);
  const maps: Record<string, MapForm> = {};
  for (const { properties, required } of union.data.oneOf) {
    const [key] = required;
    if (key === undefined || required.length > 1) continue;
    const form = Variant.parse(properties[key] ?? {});
    maps[key] = { members: Object.keys(form.properties), required: form.required };
  }
  return words.length === 0 ? null : { words, maps };
}

/** The types of a turn's sandbox by a schema's definitions; null when they are not described in a way that we know. */
export function acceptedSandboxes(definitions: JsonObject): readonly string[] | null {
  const union = Union.safeParse(definitions['SandboxPolicy']);
  if (!union.success) return null;
  const types = union.data.oneOf.flatMap(
    ({ properties }) => Variant.parse(objectOf(properties['type'])).enum,
  );
  return types.length === 0 ? null : types;
}

/** The sandboxes of a thread by a schema's definitions; null when they are not described in a way that we know. */
export function acceptedThreadSandboxes(definitions: JsonObject): readonly string[] | null {
  const words = Variant.safeParse(definitions['SandboxMode']).data?.enum ?? [];
  return words.length === 0 ? null : words;
}

/** A setting that a server refused: what it was called, and what is accepted in its place. */
export interface RefusedValue {
  readonly value: string;
  readonly accepted: readonly string[];
}

/** What the text of a refusal says: "unknown variant `x`, expected one of `a`, `b`"; null for any other text. */
export function refusedValue(message: string): RefusedValue | null {
  const [, value, list] = /unknown variant `([^`]*)`, expected (?:one of )?(.+)/.exec(message) ?? [];
  if (value === undefined || list === undefined) return null;
  return { value, accepted: [...list.matchAll(/`([^`]*)`/g)].flatMap(([, name]) => name ?? []) };
}

/** The same from a list of names, of which these are maps. */
export function formsNamed(names: readonly string[], mapNames: readonly string[]): AcceptedForms {
  const maps = Object.fromEntries(
    names.filter((name) => mapNames.includes(name)).map((name) => [name, null]),
  );
  return { words: names.filter((name) => !mapNames.includes(name)), maps };
}

/** The word of a value, or the only key of a map, by which versions tell forms apart. */
export function nameOfForm(value: JsonValue): string {
  if (typeof value === 'string') return value;
  const keys = Object.keys(objectOf(value));
  return keys.length === 1 ? (keys[0] ?? '') : '';
}
