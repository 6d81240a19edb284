import { SymphonyError } from '../domain/error.js';
import type { Agent } from '../ports/agent.js';
import type { Clock } from '../ports/clock.js';

/** The agents that `agent.kind` may name. */
export const AGENT_KINDS = ['codex', 'scripted'] as const;

type AgentKind = (typeof AGENT_KINDS)[number];

/**
 * The agent of a kind; its code is loaded when its first session starts.
 * @throws SymphonyError `unsupported_agent_kind`
 */
export function createAgent(kind: string, { clock }: { readonly clock: Clock }): Agent {
  const load = LOADERS[kind as AgentKind] as Load | undefined;
  if (load === undefined || !AGENT_KINDS.includes(kind as AgentKind)) {
    const known = AGENT_KINDS.join(', ');
    throw new SymphonyError('unsupported_agent_kind', `agent.kind is ${kind}; the kinds are ${known}`);
  }
  let loaded: Promise<Agent> | null = null;
  return {
    kind,
    async startSession(start) {
      loaded ??= load(clock);
      const agent = await loaded;
      return await agent.startSession(start);
    },
  };
}

type Load = (clock: Clock) => Promise<Agent>;

const LOADERS: Readonly<Record<AgentKind, Load>> = {
  async codex(clock) {
    const { codexAgent } = await import('./codex/index.js');
    return codexAgent({ clock, kind: 'codex' });
  },
  // Our own program speaks the same protocol, so the same session drives it.
  async scripted(clock) {
    const [{ codexAgent }, { scriptedCommand }] = await Promise.all([
      import('./codex/index.js'),
      import('./scripted/index.js'),
    ]);
    return codexAgent({ clock, kind: 'scripted', command: scriptedCommand() });
  },
};
