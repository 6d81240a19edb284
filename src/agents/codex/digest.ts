import { createHash } from 'node:crypto';
import type { JsonValue } from '../../domain/json.js';
import { objectOf } from './protocol.js';

/** SHA-256 of a value in hexadecimal; the same for every order of members. */
export function digestOf(value: JsonValue): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex');
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const object = objectOf(value);
  const names = Object.keys(object).sort();
  // A list of pairs, as an object would put names that look like numbers first and give `__proto__` a meaning.
  return names.map((name) => [name, sorted(object[name] ?? null)]);
}
