import { SymphonyError } from '../domain/error.js';
import { looksSecret } from '../domain/secret-names.js';
import type { ServerSettings } from '../domain/settings.js';
import type { WorkflowConfig } from './schema.js';
import type { Environment, ResolveContext } from './settings.js';

const KEY = 'server.token';
const MIN_TOKEN_LENGTH = 16;
/** What can be sent in a header. */
const SENDABLE = /^[\x21-\x7e]+$/u;
/** A name, or an address, with or without a port. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)(:\d{1,5})?$/iu;

/** Who may reach the server, checked: what is wrong here must not come to light when somebody knocks. */
export function serverSettings(config: WorkflowConfig, context: ResolveContext): ServerSettings {
  const { port, host, token, allowed_hosts: allowedHosts } = config.server;
  if (token !== null) checkToken(token, config, context);
  for (const name of allowedHosts.filter((name) => !HOST.test(name))) {
    const what = `"${name}" is no name of a host; write it as in the address bar, without https:// and without a path`;
    context.refuse('server.allowed_hosts', invalid(`server.allowed_hosts: ${what}`));
  }
  return { port, host, token, allowedHosts };
}

/**
 * The operator's token that a workflow file gives, null when it gives none.
 * @throws SymphonyError `invalid_workflow_config`; settings that were loaded with the same environment have passed
 */
export function serverToken({ token }: Pick<ServerSettings, 'token'>, env: Environment): string | null {
  if (token === null) return null;
  const name = variableName(token);
  const value = name === null ? token : (env[name] ?? '').trim();
  if (value === '') {
    throw invalid(
      `${KEY} names ${name}, which is not set. Set it where Symphony runs, or remove the key and use the token that "symphony token" prints`,
    );
  }
  const what = name === null ? 'the token' : `the value of ${name}`;
  if (value.length < MIN_TOKEN_LENGTH) {
    throw invalid(
      `${KEY}: ${what} has fewer than ${MIN_TOKEN_LENGTH} characters. Choose a longer one, such as "openssl rand -hex 32" makes`,
    );
  }
  if (!SENDABLE.test(value)) {
    throw invalid(
      `${KEY}: ${what} has blanks or other characters that no header can carry. Choose another one`,
    );
  }
  return value;
}

/** The environment variable that holds that token, for what no program may inherit; none where the file itself does. */
export function serverTokenNames({ token }: Pick<ServerSettings, 'token'>): readonly string[] {
  const name = token === null ? null : variableName(token);
  return name === null ? [] : [name];
}

function checkToken(
  token: string,
  { agent, hooks }: WorkflowConfig,
  { env, refuse, warn }: ResolveContext,
): void {
  try {
    serverToken({ token }, env);
  } catch (error) {
    if (!(error instanceof SymphonyError)) throw error;
    refuse(KEY, error);
    return;
  }
  const name = variableName(token);
  if (name === null) {
    const message = `${KEY} stands in the file, where agents can read it; put it into the environment and write $NAME here`;
    warn({ code: 'server_setting', key: KEY, message });
  } else if (!looksSecret(name)) {
    // By its name it is kept from agents and hooks.
    refuse(KEY, invalid(`${KEY}: agents would see ${name}. Choose a name with TOKEN or SECRET in it`));
  } else if ([...agent.env_allow, ...hooks.env_allow].includes(name)) {
    refuse(
      KEY,
      invalid(`${KEY}: ${name} is among what agents or hooks may see (env_allow). Remove it there`),
    );
  }
}

/** The variable that a value names as a whole, null when it is something else. */
function variableName(value: string): string | null {
  const [, bare, braced] = /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})$/u.exec(value) ?? [];
  return bare ?? braced ?? null;
}

function invalid(message: string): SymphonyError {
  return new SymphonyError('invalid_workflow_config', message);
}
