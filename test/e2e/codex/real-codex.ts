import { execFileSync } from 'node:child_process';
import type { TestContext } from 'vitest';
import { createAgent } from '../../../src/agents/registry.js';
import { systemClock } from '../../../src/engine/system-clock.js';
import {
  aDirectory,
  openSession,
  type RunningSession,
  type SessionOptions,
} from '../../helpers/agent-session.js';
import { needs } from '../../helpers/needs.js';
import { type ModelServer, type Step, startModelServer } from './model-server.js';

const MODEL = 'gpt-5.5';

/** Skips the test where there is no Codex on the PATH. */
export const withCodex = (context: TestContext): void => needs(context, 'codex', 'git');

/** Codex with a provider of its own, so that neither an account nor a network is needed. */
export function codexCommand(baseUrl: string, ...options: readonly string[]): string {
  // A login shell may set another PATH.
  const codex = execFileSync('sh', ['-c', 'command -v codex'], { encoding: 'utf8' }).trim();
  const provider = { name: 'loopback', base_url: baseUrl, env_key: 'LOOPBACK_KEY', wire_api: 'responses' };
  const settings = [
    ...Object.entries(provider).map(([key, value]) => `model_providers.loopback.${key}=${value}`),
    ...options,
  ];
  const overrides = settings.map((setting) => `-c '${setting}'`).join(' ');
  return `exec '${codex}' -c model=${MODEL} -c model_provider=loopback ${overrides} app-server`;
}

export interface CodexOptions extends SessionOptions {
  /** Directory of Codex's own files; sessions that go on with a thread share one. */
  readonly home?: string;
  /** A model that sessions share, in place of steps. */
  readonly model?: ModelServer;
  /** Further settings of Codex, `key=value` in TOML. */
  readonly config?: readonly string[];
}

/** A session of the real Codex with a model on loopback that answers with the steps in order. */
export async function openCodex(
  steps: readonly Step[],
  { codex, home: givenHome, model: givenModel, config = [], env, ...options }: CodexOptions = {},
): Promise<RunningSession & { readonly model: ModelServer }> {
  const model = givenModel ?? (await startModelServer(steps));
  const home = givenHome ?? (await aDirectory());
  const running = await openSession(createAgent('codex', { clock: systemClock }), {
    ...options,
    codex: { command: codexCommand(model.baseUrl, ...config), ...codex },
    env: { HOME: home, CODEX_HOME: home, LOOPBACK_KEY: 'none', ...env },
  });
  return { ...running, model };
}

/** An empty repository, removed after the test. */
export async function aRepository(): Promise<string> {
  const directory = await aDirectory();
  execFileSync('git', ['init', '--quiet', directory]);
  return directory;
}
