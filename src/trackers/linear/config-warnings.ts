import type { JsonObject } from '../../domain/json.js';
import { unknownKeys } from '../unknown-keys.js';
import { slugOf, variableName } from './config.js';

/** The project of the reference's own example, which many files still carry, and that of ours. */
const EXAMPLE_PROJECT = /^(symphony-0c79b11b75ea|my-project-0123456789ab)$/;
/** A real slug ends in twelve hexadecimal digits. */
const REAL_SLUG = /(^|-)[0-9a-f]{12}$/;
const PLACEHOLDER = /your|xxx|example|change|replace|placeholder|slug|foo|^<.*>$/i;

/** What is worth telling of a configuration that works, or could. */
export function linearWarnings(provider: JsonObject, known: readonly string[]): string[] {
  return [
    ...unknownKeys(provider, known),
    ...bracedNames(provider),
    ...placeholder(provider['project_slug']),
    ...literalSecrets(provider),
  ];
}

function bracedNames(provider: JsonObject): string[] {
  return Object.entries(provider).flatMap(([key, value]) =>
    typeof value === 'string' && value.includes('${') && variableName(value) !== null
      ? [`tracker.provider.${key}: ${value.trim()} was resolved; other implementations take only $NAME`]
      : [],
  );
}

function placeholder(given: unknown): string[] {
  if (typeof given !== 'string' || variableName(given) !== null) return [];
  const slug = slugOf(given);
  if (!EXAMPLE_PROJECT.test(slug) && (REAL_SLUG.test(slug) || !PLACEHOLDER.test(slug))) return [];
  return [
    `tracker.provider.project_slug: "${slug}" looks like an example; put in the last part of your project's address in Linear, behind /project/, which symphony init lists, too`,
  ];
}

function literalSecrets(provider: JsonObject): string[] {
  return ['api_key', 'webhook_secret'].flatMap((key) => {
    const value = provider[key];
    if (typeof value !== 'string' || value.trim() === '' || variableName(value) !== null) return [];
    return [
      `tracker.provider.${key} stands in the file, where agents can read it; put it into the environment and write $NAME here`,
    ];
  });
}
