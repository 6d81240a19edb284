import { z } from 'zod';
import { SymphonyError } from '../../domain/error.js';
import { type Finding, ok, problem, warning } from '../../domain/finding.js';
import type { AgentExamination } from '../examination.js';
import { objectOf, textOf } from './protocol.js';
import type { Rpc } from './rpc.js';

const NAME = 'login';

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
  rpc: Rpc,
  examination: Pick<AgentExamination, 'settings' | 'isSet'>,
): Promise<Finding> {
  const answer = await answered(rpc.call('account/read', { refreshToken: false }));
  const read = AccountRead.safeParse(answer);
  if (!read.success) {
    const detail = 'the installed program does not tell whether it is logged in';
    return warning(NAME, detail, 'see `codex login status`');
  }
  const { account, requiresOpenaiAuth } = read.data;
  if (!requiresOpenaiAuth) return await providerFinding(rpc, examination);
  if (account === null) {
    const mend =
      'log in as the user that runs Symphony: `codex login`, or `printenv OPENAI_API_KEY | codex login --with-api-key`';
    return problem(NAME, 'Codex is not logged in', mend);
  }
  return ok(NAME, `Codex has ${accountOf(account)}`);
}

function accountOf({ type, planType }: { type: string | null; planType: string | null }): string {
  if (type === 'apiKey') return 'an API key, which its first request will prove';
  if (type === 'chatgpt') return `a ChatGPT account${planType === null ? '' : ` (${planType})`}`;
  return `an account of the kind ${type ?? 'unknown'}`;
}

/** A provider that needs no account may need a key; Codex starts without it, and then every turn fails. */
async function providerFinding(
  rpc: Rpc,
  { settings, isSet }: Pick<AgentExamination, 'settings' | 'isSet'>,
): Promise<Finding> {
  const answer = await answered(rpc.call('config/read', { includeLayers: false }));
  const config = objectOf(objectOf(answer)['config']);
  const provider = textOf(config, 'model_provider') ?? 'in use';
  const key = textOf(objectOf(objectOf(config['model_providers'])[provider]), 'env_key');
  const notNeeded = `not needed by the model provider ${provider}`;
  if (key === null) return ok(NAME, notNeeded);
  if (settings.codex.command.includes(`${key}=`))
    return ok(NAME, `${notNeeded}; codex.command sets its ${key}`);
  if (await isSet(key)) return ok(NAME, `${notNeeded}; its ${key} is set`);
  const mend = `export ${key} where Symphony is started, or in the login profile of its user`;
  return warning(NAME, `the model provider ${provider} reads its key from ${key}, which is not set`, mend);
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
