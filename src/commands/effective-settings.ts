import { stringify } from 'yaml';
import type { JsonObject, JsonValue } from '../domain/json.js';
import type { Settings } from '../domain/settings.js';
import { REDACTED, Secrets } from '../observe/redact.js';

const SECRET_NAME = /(api_?key|token|secret|passw(or)?d|credentials?|_pat|^pat)$/i;

/** What must not be shown. */
export interface HiddenValues {
  /** Values of variables with a telling name are hidden. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the tracker knows to be secret. */
  readonly secrets: readonly string[];
}

/**
 * The settings in force as one would write them into the front matter, without secrets: neither those written into the
 * file nor those that stand in an environment variable with a telling name.
 */
export function effectiveSettings(settings: Settings, { env, secrets }: HiddenValues): string {
  const provider = masked(settings.tracker.provider);
  const server = { ...settings.server, token: maskedToken(settings.server.token) };
  const shown = { ...settings, tracker: { ...settings.tracker, provider }, server };
  const sections = Object.entries(shown).map(([name, section]) => [snakeCase(name), snakeCaseKeys(section)]);
  const text = stringify(Object.fromEntries(sections), { lineWidth: 0 });
  return new Secrets([...secrets, ...secretValues(env)]).redact(text);
}

function secretValues(env: HiddenValues['env']): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && SECRET_NAME.test(name) ? [value] : [],
  );
}

/** As it is written; null when there is none. */
function maskedToken(token: string | null): string | null {
  return token === null || /^\$(\w+|\{\w+\})$/u.test(token) ? token : REDACTED;
}

/** A reference such as `$LINEAR_API_KEY` is no secret, and seeing it helps. */
function masked(values: JsonObject): JsonObject {
  const entries = Object.entries(values).map(([key, value]): [string, JsonValue] => {
    if (isObject(value)) return [key, masked(value)];
    if (typeof value === 'string' && value !== '' && !value.startsWith('$') && SECRET_NAME.test(key)) {
      return [key, REDACTED];
    }
    return [key, value];
  });
  return Object.fromEntries(entries);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Only the names of settings; state names, policies and what a tracker understands are not ours to rename. */
function snakeCaseKeys(section: object): object {
  return Object.fromEntries(Object.entries(section).map(([name, value]) => [snakeCase(name), value]));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
