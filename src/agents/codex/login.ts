import { posix } from 'node:path';
import { z } from 'zod';
import { SymphonyError } from '../../domain/error.js';
import { type Finding, ok, problem, warning } from '../../domain/finding.js';
import type { JsonObject } from '../../domain/json.js';
import type { AgentExamination } from '../examination.js';
import { programOf } from './program.js';
import { objectOf, textOf } from './protocol.js';
import type { Rpc } from './rpc.js';
import type { Server } from './server.js';

type Examined = Pick<AgentExamination, 'settings' | 'isSet' | 'host'>;

/** What is told of, in a word. */
export const LOGIN = 'login';

const text = z.string().nullable().catch(null).default(null);

const AccountRead = z.looseObject({
  account: z.looseObject({ type: text, planType: text }).nullable().catch(null).default(null),
  /** False for a model provider with a key of its own. */
  requiresOpenaiAuth: z.boolean(),
});

/**
 * Whether Codex may ask its model. The app-server is asked, which knows what `codex.command` says of model providers;
 * `codex login status` does not (0.169 and 0.118, observed). No request leaves the machine for it.
 */
export async function loginFinding(
  server: Server,
  config: JsonObject | null,
  examination: Examined,
): Promise<Finding> {
  const answer = await answered(server.rpc.call('account/read', { refreshToken: false }));
  const read = AccountRead.safeParse(answer);
  if (!read.success) {
    const detail = 'the installed program does not tell whether it is logged in';
    return warning(LOGIN, detail, 'see `codex login status`');
  }
  const { account, requiresOpenaiAuth } = read.data;
  if (!requiresOpenaiAuth) return await providerFinding(server, config ?? {}, examination);
  if (account === null) {
    const mend =
      'log in as the user that runs Symphony: `codex login`, or `printenv OPENAI_API_KEY | codex login --with-api-key`';
    return problem(LOGIN, 'Codex is not logged in', mend);
  }
  return ok(LOGIN, `Codex has ${accountOf(account)}`);
}

function accountOf({ type, planType }: { type: string | null; planType: string | null }): string {
  if (type === 'apiKey') return 'an API key, which its first request will prove';
  if (type === 'chatgpt') return `a ChatGPT account${planType === null ? '' : ` (${planType})`}`;
  return `an account of the kind ${type ?? 'unknown'}`;
}

/** What Codex is configured with, as a session would have it; null when the program does not tell. */
export async function configurationOf(rpc: Rpc): Promise<JsonObject | null> {
  const answer = await answered(rpc.call('config/read', { includeLayers: false }));
  return answer === null ? null : objectOf(answer['config']);
}

/** A provider that needs no account may need a key; Codex starts without it, and then every turn fails. */
async function providerFinding(server: Server, config: JsonObject, examination: Examined): Promise<Finding> {
  const { settings, isSet } = examination;
  const provider = textOf(config, 'model_provider') ?? 'in use';
  const key = textOf(objectOf(objectOf(config['model_providers'])[provider]), 'env_key');
  const notNeeded = `not needed by the model provider ${provider}`;
  if (key === null) return ok(LOGIN, notNeeded);
  const { command } = settings.codex;
  if (command.includes(`${key}=`)) return ok(LOGIN, `${notNeeded}; codex.command sets its ${key}`);
  if ((await isSet(key)) || (await isInOwnFile(key, server, examination)))
    return ok(LOGIN, `${notNeeded}; its ${key} is set`);
  const detail = `the model provider ${provider} reads its key from ${key}, which is not set`;
  const mend = `export ${key} where Symphony is started, or in the login profile of its user`;
  return isCodexAlone(command)
    ? problem(LOGIN, `${detail}: every turn would fail`, mend)
    : warning(LOGIN, detail, mend);
}

/** Codex reads variables from a file of its own, too. */
async function isInOwnFile(key: string, { codexHome }: Server, { host }: Examined): Promise<boolean> {
  if (codexHome === null) return false;
  const text = await host.readText(posix.join(codexHome, '.env')).catch((error: unknown) => {
    // One that nobody may read holds nothing for Codex either.
    if (error instanceof SymphonyError) return null;
    throw error;
  });
  const lines = (text ?? '').split('\n').map((line) => line.trim().replace(/^export\s+/, ''));
  return lines.some((line) => line.startsWith(key) && /^\s*=\s*\S/.test(line.slice(key.length)));
}

/** Whether a command is the program `codex` and nothing that could set a variable for it. */
function isCodexAlone(command: string): boolean {
  return posix.basename(programOf(command) ?? '') === 'codex';
}

/** Null for a request that the program refuses: versions know different ones. */
async function answered<T>(asking: Promise<T>): Promise<T | null> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof SymphonyError && error.code === 'response_error') return null;
    throw error;
  }
}
