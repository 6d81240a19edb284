import { SymphonyError } from '../../domain/error.js';
import type { JsonObject } from '../../domain/json.js';
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

/** `tracker.provider`, resolved. */
export interface LinearConfig {
  readonly endpoint: string;
  readonly apiKey: string;
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
 * @throws SymphonyError `invalid_tracker_config`, `missing_tracker_secret`
 */
export function linearConfig(provider: JsonObject, env: Env): LinearConfig {
  return {
    endpoint: endpoint(text('endpoint', provider, env)),
    apiKey: apiKey(provider, env),
    projectSlug: projectSlug(text('project_slug', provider, env)),
    assignee: text('assignee', provider, env) ?? (env[ASSIGNEE_NAME]?.trim() || null),
    toolAccess: toolAccess(text('tool_access', provider, env)),
    toolCallsPerHour: callsPerHour(provider['tool_calls_per_hour'] ?? null),
    webhookSecret: webhookSecret(provider, env),
  };
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

/** Trimmed text with `$NAME` resolved; null when there is none. */
function text(key: string, provider: JsonObject, env: Env): string | null {
  const value = provider[key];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' && typeof value !== 'number')
    throw invalid(key, `must be text, not ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}`);
  const name = variableName(value);
  return (name === null ? String(value) : (env[name] ?? '')).trim() || null;
}

function apiKey(provider: JsonObject, env: Env): string {
  const given = provider['api_key'];
  const name = variableName(given);
  // A variable that is set but empty is an answer: somebody took the key away (as the reference has it).
  const key =
    name !== null && env[name] !== undefined
      ? env[name].trim()
      : (text('api_key', provider, env) ?? fallback(env));
  if (key !== '') return key;
  const names = name === null || name === API_KEY_NAME ? API_KEY_NAME : `${name} or ${API_KEY_NAME}`;
  throw new SymphonyError(
    'missing_tracker_secret',
    `tracker.provider.api_key: there is no key for Linear. Make one in Linear under Settings, Security & access, and set ${names} to it`,
  );
}

function fallback(env: Env): string {
  return env[API_KEY_NAME]?.trim() ?? '';
}

function webhookSecret(provider: JsonObject, env: Env): string | null {
  const secret = text('webhook_secret', provider, env);
  const name = variableName(provider['webhook_secret']);
  if (secret !== null || name === null) return secret;
  throw new SymphonyError(
    'missing_tracker_secret',
    `tracker.provider.webhook_secret names ${name}, which is not set. Set it to the signing secret of the webhook, or remove the key`,
  );
}

function endpoint(given: string | null): string {
  if (given === null) return DEFAULT_ENDPOINT;
  const url = URL.canParse(given) ? new URL(given) : null;
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
  const [, fromAddress] = /\/project\/([^/?#]+)/.exec(given) ?? [];
  const slug = fromAddress ?? given;
  if (/[\s/{}<>]/.test(slug)) {
    throw invalid(
      'project_slug',
      `is "${given}", which is no slug; take the last part of the project's address in Linear, such as my-project-0123456789ab`,
    );
  }
  return slug;
}

function toolAccess(given: string | null): ToolAccess {
  const access = TOOL_ACCESS.find((name) => name === (given ?? 'full').toLowerCase());
  if (access !== undefined) return access;
  throw invalid('tool_access', `is "${given}"; it can be ${TOOL_ACCESS.join(', ')}`);
}

function callsPerHour(given: unknown): number {
  if (given === null) return DEFAULT_CALLS_PER_HOUR;
  const number = typeof given === 'string' && /^\d+$/.test(given.trim()) ? Number(given) : given;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number > 0) return number;
  throw invalid('tool_calls_per_hour', 'must be a whole number above 0');
}

function invalid(key: string, problem: string): SymphonyError {
  return new SymphonyError('invalid_tracker_config', `tracker.provider.${key} ${problem}`);
}
