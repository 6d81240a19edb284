import { CODEX, wrapperOf } from './installation.js';

/** A model of Codex's catalogue, so that nothing warns of an unknown one; what answers is the model server. */
const MODEL = 'gpt-5.5';

/** How the app-server is started. */
interface CodexCommandOptions {
  readonly version?: string;
  /** The program itself, in place of the version's wrapper. */
  readonly program?: string;
  /** Further settings of Codex, `key=value` in TOML. */
  readonly config?: readonly string[];
}

/**
 * The command of an app-server with a provider of its own, so that neither an account nor a network is needed. The
 * provider's key is in `LOOPBACK_KEY`.
 */
export function codexCommand(
  baseUrl: string,
  { version = CODEX, program = wrapperOf(version), config = [] }: CodexCommandOptions = {},
): string {
  const provider = { name: 'loopback', base_url: baseUrl, env_key: 'LOOPBACK_KEY', wire_api: 'responses' };
  const settings = [
    `model=${MODEL}`,
    'model_provider=loopback',
    ...Object.entries(provider).map(([key, value]) => `model_providers.loopback.${key}=${value}`),
    ...config,
  ];
  const overrides = settings.map((setting) => `-c '${setting}'`).join(' ');
  return `exec '${program}' ${overrides} app-server`;
}
