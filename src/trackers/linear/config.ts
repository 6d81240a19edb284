import { SymphonyError } from '../../domain/error.js';
import type { JsonObject } from '../../domain/json.js';
import { Faults } from './faults.js';
import { TOOL_ACCESS, type ToolAccess } from './tool/access.js';

/** The keys of `tracker.provider` for Linear. */
export const LINEAR_KEYS = [
  'endpoint',
  'api_key',
  'project_slug',
  'assignee',
  'tool_access',
  'tool_calls_per_hour',
  'webhook_secret',
] as const;

/** Read when `api_key` is missing, or names a variable that is not set. */
const API_KEY_NAME = 'LINEAR_API_KEY';
const ASSIGNEE_NAME = 'LINEAR_ASSIGNEE';
const DEFAULT_ENDPOINT = 'https://api.linear.app/graphql';
const DEFAULT_CALLS_PER_HOUR = 240;

type Env = Readonly<Record<string, string | undefined>>;

/** Where to ask Linear, and with whose key. */
export interface LinearAccess {
  readonly endpoint: string;
  readonly apiKey: string;
}

/** `tracker.provider`, resolved. */
export interface LinearConfig extends LinearAccess {
  /** As it stands in the project's address, `name-0123456789ab`, or only its last part. */
  readonly projectSlug: string;
  /** `me`, a user's id, e-mail address or name; null works on everybody's issues. */
  readonly assignee: string | null;
  readonly toolAccess: ToolAccess;
  readonly toolCallsPerHour: number;
  readonly webhookSecret: string | null;
}

/**
 * Checks and resolves what the workflow file says about Linear.
 * @throws SymphonyError `invalid_tracker_config`, `missing_tracker_secret`; all faults are its cause, an `AggregateError`
 */
export function linearConfig(provider: JsonObject, env: Env): LinearConfig {
  const faults = new Faults();
  // What stands for a faulty value is never seen.
  const config: LinearConfig = {
    endpoint: faults.read(() => endpoint(setting('endpoint', provider, env)), ''),
    apiKey: faults.read(() => apiKey(provider, env), ''),
    projectSlug: faults.read(() => projectSlug(setting('project_slug', provider, env)), ''),
    assignee: faults.read(() => textOr(ASSIGNEE_NAME, 'assignee', provider, env), null),
    toolAccess: faults.read(() => toolAccess(setting('tool_access', provider, env)), 'read'),
    toolCallsPerHour: faults.read(() => callsPerHour(setting('tool_calls_per_hour', provider, env)), 0),
    webhookSecret: faults.read(() => webhookSecret(provider, env), null),
  };
  faults.throwAny();
  return config;
}

/**
 * The part of the configuration that is needed to ask Linear anything, also before a project is chosen.
 * @throws SymphonyError `invalid_tracker_config`, `missing_tracker_secret`
 */
export function linearAccess(provider: JsonObject, env: Env): LinearAccess {
  return { endpoint: endpoint(setting('endpoint', provider, env)), apiKey: apiKey(provider, env) };
}

/** Environment names that hold secrets; no child may inherit them. */
export function secretNames(provider: JsonObject): readonly string[] {
  const named = ['api_key', 'webhook_secret'].flatMap((key) => variableName(provider[key]) ?? []);
  return [...new Set([API_KEY_NAME, ...named])];
}

/** The variable that a value names as a whole, null when it is something else. */
export function variableName(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const [, bare, braced] =
    /^\s*\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})\s*$/.exec(value) ?? [];
  return bare ?? braced ?? null;
}

const KINDS: Readonly<Record<string, string>> = { boolean: 'true or false', object: 'a map' };

/** Trimmed text with `$NAME` resolved; null when there is none. */
function text(key: string, provider: JsonObject, env: Env): string | null {
  const value = provider[key];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' && typeof value !== 'number')
    throw invalid(
      key,
      `must be text or a number, not ${Array.isArray(value) ? 'a list' : KINDS[typeof value]}`,
    );
  const name = variableName(value);
  return (name === null ? String(value) : (env[name] ?? '')).trim() || null;
}

/** As `text`; without a default to fall back on, a variable that holds nothing is a slip and not an answer. */
function setting(key: string, provider: JsonObject, env: Env): string | null {
  const value = text(key, provider, env);
  const name = variableName(provider[key]);
  if (value !== null || name === null) return value;
  throw invalid(key, `names ${name}, which is not set. Set it where Symphony runs, or write the value here`);
}

/** As `text`, or what the environment says under the usual name, where the key is missing or names what is not set. */
function textOr(usualName: string, key: string, provider: JsonObject, env: Env): string | null {
  const name = variableName(provider[key]);
  // A variable that is set but empty is an answer: somebody took the value away (as the reference has it).
  if (name !== null && env[name] !== undefined) return env[name].trim() || null;
  return text(key, provider, env) ?? (env[usualName]?.trim() || null);
}

function apiKey(provider: JsonObject, env: Env): string {
  const key = textOr(API_KEY_NAME, 'api_key', provider, env);
  if (key === null) throw noKey(variableName(provider['api_key']), env);
  // Anything else cannot be sent, and the transport would say so with the key in its message.
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw invalid('api_key', 'holds characters that no key of Linear has. Copy it from Linear again');
}

function noKey(name: string | null, env: Env): SymphonyError {
  const isOther = name !== null && name !== API_KEY_NAME;
  const isEmpty = isOther && env[name] !== undefined;
  const why = isEmpty
    ? `, as ${name} is set but empty, and ${API_KEY_NAME} counts only where it is not set`
    : '';
  const names = isEmpty ? name : isOther ? `${name} or ${API_KEY_NAME}` : API_KEY_NAME;
  return new SymphonyError(
    'missing_tracker_secret',
    `tracker.provider.api_key: there is no key for Linear${why}. Make one in Linear under Settings, Security & access, and set ${names} to it`,
  );
}

function webhookSecret(provider: JsonObject, env: Env): string | null {
  const given = provider['webhook_secret'] ?? null;
  const secret = text('webhook_secret', provider, env);
  if (given === null || secret !== null) return secret;
  const name = variableName(given);
  // An empty secret proves nothing: everybody could sign with it.
  const what = name === null ? 'is empty' : `names ${name}, which is not set`;
  throw new SymphonyError(
    'missing_tracker_secret',
    `tracker.provider.webhook_secret ${what}. Set it to the signing secret of the webhook, or remove the key`,
  );
}

function endpoint(given: string | null): string {
  if (given === null) return DEFAULT_ENDPOINT;
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url !== null && (url.username !== '' || url.password !== ''))
    throw invalid('endpoint', 'holds a user name or a password, which Linear does not take. Remove them');
  const isLoopback = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  // The key goes with every request; nothing but this machine may see it unencrypted.
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)) return url.href;
  throw invalid(
    'endpoint',
    `is "${given}"; it must be an https address. Leave it out for ${DEFAULT_ENDPOINT}`,
  );
}

function projectSlug(given: string | null): string {
  if (given === null) {
    throw invalid(
      'project_slug',
      'is missing: say which project to work on, with the last part of its address in Linear, such as my-project-0123456789ab',
    );
  }
  const slug = slugOf(given);
  if (/[\s/{}<>]/.test(slug)) {
    throw invalid(
      'project_slug',
      `is "${given}", which is no slug; take the last part of the project's address in Linear, such as my-project-0123456789ab`,
    );
  }
  return slug;
}

/** The slug in a project's address; what is no address is a slug. */
export function slugOf(given: string): string {
  const [, fromAddress] = /\/project\/([^/?#]+)/.exec(given) ?? [];
  return fromAddress ?? given.trim();
}

function toolAccess(given: string | null): ToolAccess {
  const access = TOOL_ACCESS.find((name) => name === (given ?? 'full').toLowerCase());
  if (access !== undefined) return access;
  throw invalid('tool_access', `is "${given}"; it can be ${TOOL_ACCESS.join(', ')}`);
}

function callsPerHour(given: string | null): number {
  if (given === null) return DEFAULT_CALLS_PER_HOUR;
  const calls = /^\d+$/.test(given) ? Number(given) : 0;
  if (Number.isSafeInteger(calls) && calls > 0) return calls;
  throw invalid('tool_calls_per_hour', `is "${given}"; it must be a whole number above 0`);
}

function invalid(key: string, problem: string): SymphonyError {
  return new SymphonyError('invalid_tracker_config', `tracker.provider.${key} ${problem}`);
}
