import { SymphonyError } from '../domain/error.js';
import { type Finding, ok } from '../domain/finding.js';
import type { Agent } from '../ports/agent.js';
import type { Clock } from '../ports/clock.js';
import type { AgentExamination } from './examination.js';
import type { Notices } from './notices.js';

/** The agents that `agent.kind` may name. */
export const AGENT_KINDS = ['codex', 'scripted'] as const;

type AgentKind = (typeof AGENT_KINDS)[number];

/** What agents are made with. */
export interface AgentParts {
  readonly clock: Clock;
  /** Told what an operator should know; left out, nobody is. */
  readonly notices?: Notices;
}

/**
 * The agent of a kind; its code is loaded when it is first asked for something.
 * @throws SymphonyError `unsupported_agent_kind`
 */
export function createAgent(kind: string, parts: AgentParts): Agent {
  const load = LOADERS[kind as AgentKind] as Load | undefined;
  if (load === undefined || !AGENT_KINDS.includes(kind as AgentKind)) {
    const known = AGENT_KINDS.join(', ');
    throw new SymphonyError('unsupported_agent_kind', `agent.kind is ${kind}; the kinds are ${known}`);
  }
  let loaded: Promise<Agent> | null = null;
  const agent = (): Promise<Agent> => {
    loaded ??= load(parts);
    return loaded;
  };
  return {
    kind,
    check: async (asked) => await (await agent()).check?.(asked),
    startSession: async (start) => await (await agent()).startSession(start),
  };
}

/**
 * Looks, for a person, whether the configured agent is installed and may work on a host. What fails is a finding.
 */
export async function examineAgent(examination: AgentExamination): Promise<readonly Finding[]> {
  const { kind } = examination.settings.agent;
  if (kind !== 'codex') return [ok('agent', `the agent ${kind} is part of Symphony`)];
  const { examineCodex } = await import('./codex/examine.js');
  return await examineCodex(examination);
}

type Load = (parts: AgentParts) => Promise<Agent>;

const LOADERS: Readonly<Record<AgentKind, Load>> = {
  async codex(parts) {
    const { codexAgent } = await import('./codex/index.js');
    return codexAgent({ ...parts, kind: 'codex' });
  },
  // Our own program speaks the same protocol, so the same session drives it.
  async scripted(parts) {
    const [{ codexAgent }, { scriptedCommand }] = await Promise.all([
      import('./codex/index.js'),
      import('./scripted/index.js'),
    ]);
    return codexAgent({ ...parts, kind: 'scripted', command: scriptedCommand() });
  },
};
