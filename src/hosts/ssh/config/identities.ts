import { access } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { ConfigProblem, type Place } from './config-problem.js';
import type { ConfigContext } from './context.js';
import { type Expanded, expand, fromHome, type Tokens } from './expansion.js';
import type { Options } from './options.js';

/** What OpenSSH tries when nothing is configured, without kinds of keys that need a person or are long gone. */
const USUAL = ['~/.ssh/id_rsa', '~/.ssh/id_ecdsa', '~/.ssh/id_ed25519'];

/** The private keys that are there, or the public ones where only these are: an agent may hold the others. */
export async function identityFiles(
  options: Options,
  tokens: Tokens,
  context: ConfigContext,
): Promise<readonly string[]> {
  const { identities } = options;
  const named = identities.length > 0 ? identities : USUAL.map((path) => ({ path, place: null }));
  const paths = named
    .filter(({ path }) => path.toLowerCase() !== 'none')
    .map(({ path, place }) => filled(path, tokens, context, place));
  const found = await Promise.all(paths.map(present));
  return [...new Set(found.filter((path) => path !== null))];
}

/** Identities with a certificate beside them, which OpenSSH would offer and this does not. */
export async function withCertificate(identityFiles: readonly string[]): Promise<readonly string[]> {
  const certified = await Promise.all(
    identityFiles.map(async (path) => ((await isThere(`${path}-cert.pub`)) ? [path] : [])),
  );
  return certified.flat();
}

/** The socket of the agent: that of IdentityAgent, else of `SSH_AUTH_SOCK`. */
export function agentSocket(options: Options, tokens: Tokens, context: ConfigContext): string | null {
  const directive = options.get('identityagent');
  const [value = 'SSH_AUTH_SOCK'] = directive?.args ?? [];
  if (value.toLowerCase() === 'none') return null;
  const [, name] = /^\$([A-Za-z_]\w*)$/.exec(value) ?? [];
  const variable = value === 'SSH_AUTH_SOCK' ? value : name;
  if (variable !== undefined) return context.env[variable] || null;
  return filled(value, tokens, context, directive);
}

/** A path with `~`, tokens and variables filled in. @throws ConfigProblem */
export function filled(path: string, tokens: Tokens, context: ConfigContext, place: Place | null): string {
  const led = fromHome(path, context);
  const expanded: Expanded = 'problem' in led ? led : expand(led.text, tokens, context.env);
  if ('problem' in expanded) throw new ConfigProblem(expanded.problem, place);
  return isAbsolute(expanded.text) ? expanded.text : resolve(expanded.text);
}

async function present(path: string): Promise<string | null> {
  for (const each of [path, `${path}.pub`]) if (await isThere(each)) return each;
  return null;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
