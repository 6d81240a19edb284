import { execFileSync } from 'node:child_process';
import type { TestContext } from 'vitest';
import { createAgent } from '../../../src/agents/registry.js';
import type { Agent } from '../../../src/ports/agent.js';
import {
  aDirectory,
  openSession,
  type RunningSession,
  type SessionOptions,
} from '../../helpers/agent-session.js';
import { needsCodex } from '../../helpers/codex/codex.js';
import { codexCommand as commandOf } from '../../helpers/codex/codex-command.js';
import { CODEX } from '../../helpers/codex/installation.js';
import { type ModelServer, startModelServer } from '../../helpers/codex/model-server.js';
import type { Step } from '../../helpers/codex/script.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';

const installed = needsCodex();

/** Skips the test where Codex cannot be installed. */
export const withCodex = (context: TestContext): void => void installed(context);

/** Codex with a provider of its own; `config` has further settings, `key=value` in TOML. */
export function codexCommand(baseUrl: string, ...config: readonly string[]): string {
  return commandOf(baseUrl, { config });
}

export interface CodexOptions extends SessionOptions {
  /** Directory of Codex's own files; sessions that go on with a thread share one. */
  readonly home?: string;
  /** A model that sessions share, in place of steps. */
  readonly model?: ModelServer;
  /** Further settings of Codex, `key=value` in TOML. */
  readonly config?: readonly string[];
  /** An agent that the test has made, to see what it tells an operator. */
  readonly agent?: Agent;
  /** A version that the test has made sure of; by default the one Symphony is written for. */
  readonly version?: string;
}

/**
 * A session of the real Codex with a model on loopback that answers with the steps in order. Our time stands still unless
 * the test brings an agent with another clock, so that no limit passes only because the machine is slow.
 */
export async function openCodex(
  steps: readonly Step[],
  {
    codex,
    home: givenHome,
    model: givenModel,
    config = [],
    version = CODEX,
    agent = createAgent('codex', { clock: new VirtualClock() }),
    env,
    ...options
  }: CodexOptions = {},
): Promise<RunningSession & { readonly model: ModelServer }> {
  const model = givenModel ?? (await startModelServer(steps));
  const home = givenHome ?? (await aDirectory());
  const running = await openSession(agent, {
    ...options,
    codex: { command: commandOf(model.baseUrl, { config, version }), ...codex },
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
