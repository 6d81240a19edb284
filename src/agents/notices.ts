import type { Settings } from '../domain/settings.js';

/** Takes a warning for the operator, with the dotted key of the setting that it is about. */
export type Warn = (code: string, message: string, key: string | null) => void;

/** Names of variables that look secret, by who does not get to see them. */
export interface Withheld {
  readonly agent: readonly string[];
  readonly hooks: readonly string[];
}

/** Where Codex looks for its own key by itself; nobody is surprised that commands do not see it. */
const OWN_KEYS = ['OPENAI_API_KEY', 'CODEX_API_KEY'];

/** What an operator is told about agents: each thing once in the life of the daemon, though every session finds it. */
export class Notices {
  readonly #warn: Warn;
  readonly #told = new Set<string>();
  readonly #translated = new WeakSet<Settings>();

  constructor(warn: Warn) {
    this.#warn = warn;
  }

  /** An approval policy is sent in other words; told once per version of the workflow. */
  translated(settings: Settings, message: string): void {
    if (this.#translated.has(settings)) return;
    this.#translated.add(settings);
    this.#warn('setting_translated', message, 'codex.approval_policy');
  }

  /** Variables were withheld; told when one is new, unless all new ones are there for the agent's own program. */
  withheld({ agent, hooks }: Withheld, { codex }: Settings): void {
    const isForAgent = (name: string): boolean => OWN_KEYS.includes(name) || codex.command.includes(name);
    const fresh = [...agent.map((name) => `agent ${name}`), ...hooks.map((name) => `hooks ${name}`)].filter(
      (key) => !this.#told.has(key),
    );
    for (const key of fresh) this.#told.add(key);
    if (fresh.some((key) => !isForAgent(key.slice('agent '.length)))) {
      this.#warn('environment_withheld', withheldMessage({ agent, hooks }), null);
    }
  }

  /** Something else; told once. */
  once(code: string, message: string, key: string | null = null): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#warn(code, message, key);
  }
}

function withheldMessage({ agent, hooks }: Withheld): string {
  const names = (list: readonly string[]): string => list.join(', ');
  const reason = 'because names like these hold secrets';
  if (names(agent) === names(hooks)) {
    return `kept from the agent's commands and from hooks, ${reason}: ${names(agent)}. Name in agent.env_allow and hooks.env_allow what they need`;
  }
  const parts = [
    agent.length === 0 ? '' : `kept from the agent's commands (agent.env_allow): ${names(agent)}`,
    hooks.length === 0 ? '' : `kept from hooks (hooks.env_allow): ${names(hooks)}`,
  ];
  return `${parts.filter((part) => part !== '').join('; ')}, ${reason}. Name under the key in brackets what they need`;
}
