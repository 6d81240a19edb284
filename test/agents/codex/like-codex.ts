import { codexAgent } from '../../../src/agents/codex/index.js';
import { Notices } from '../../../src/agents/notices.js';
import type { JsonObject } from '../../../src/domain/json.js';
import type { Agent } from '../../../src/ports/agent.js';
import {
  fixtureCommand,
  openSession,
  type RunningSession,
  type SessionOptions,
  type SessionSetup,
} from '../../helpers/agent-session.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';

/** An agent whose program says that it is Codex 0.169.0, and what its operator was told. */
export function anAgentLikeCodex(): { readonly agent: Agent; readonly warnings: string[] } {
  const warnings: string[] = [];
  const notices = new Notices((code, message) => warnings.push(`${code}: ${message}`));
  return { agent: codexAgent({ clock: new VirtualClock(), kind: 'codex', notices }), warnings };
}

export const LIKE_CODEX = `${fixtureCommand('like-codex')} app-server`;

const flags = (...members: readonly string[]) =>
  Object.fromEntries(members.map((member) => [member, { type: 'boolean' }]));

/** The approval policies of 0.169 as its schema describes them. */
export const GRANULAR_SCHEMA = JSON.stringify([
  { type: 'string', enum: ['untrusted', 'on-request', 'never'] },
  {
    type: 'object',
    required: ['granular'],
    properties: {
      granular: {
        required: ['mcp_elicitations', 'rules', 'sandbox_approval'],
        properties: flags(
          'mcp_elicitations',
          'request_permissions',
          'rules',
          'sandbox_approval',
          'skill_approval',
        ),
      },
    },
  },
]);

/** A session of such an agent; see fixtures/agents/like-codex.mjs for its environment. */
export function openLikeCodex(agent: Agent, options: SessionOptions = {}): Promise<RunningSession> {
  return openSession(agent, { ...options, codex: { command: LIKE_CODEX, ...options.codex } });
}

/** The parameters with which the last session asked for this. */
export async function askedWith({ received }: SessionSetup, method: string): Promise<JsonObject> {
  const lines = (await received()).filter((line) => line['method'] === method);
  return (lines.at(-1)?.['params'] ?? {}) as JsonObject;
}
