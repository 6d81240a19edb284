import type { JsonObject } from '../../domain/json.js';
import { bareCommand } from './humanise-item.js';
import { objectOf, textOf } from './protocol.js';

/**
 * The longest that Codex waits on a terminal in one go (its `background_terminal_max_timeout`); a command that it has
 * gone on without tells nothing about whether it still thinks.
 */
const LONGEST_WAIT_ON_TERMINAL_MS = 300_000;
/** Nobody runs that many at once; an agent that never completes its items must not fill the memory. */
const MOST_ITEMS = 1_000;

/** Something that the agent waits for, and that may be quiet for long. */
export interface OpenItem {
  /** For people: a command, or a tool. */
  readonly what: string;
  readonly sinceMs: number;
  /** When it was last heard of. */
  readonly heardAtMs: number;
  /** Whether Codex may go on without waiting for its end. */
  readonly isTerminal: boolean;
  /** Since when Codex has gone on without it; null while it waits. */
  readonly leftAtMs: number | null;
}

/**
 * What one turn waits for: commands, calls of tools (ours and MCP's), pauses and hooks, also those of sub-agents. What
 * the model does is not among it, as its silence is what a stall is; nor is waiting for a sub-agent, which is heard
 * itself.
 *
 * A command in a terminal may outlive the call that started it: a development server stays open for the rest of the
 * turn. `thread/tokenUsage/updated` comes when a model call is over with all its tools (Codex 0.169, observed), so what
 * is still open then is left to itself; it excuses silence only for as long as Codex may wait for it again without a word.
 */
export class OpenItems {
  readonly #items = new Map<string, OpenItem>();

  /** Reads what a notification says about items. */
  note(method: string, params: JsonObject, nowMs: number): void {
    const thread = textOf(params, 'threadId') ?? '';
    const item = objectOf(params['item']);
    switch (method) {
      case 'item/started':
        this.#open(keyOf(thread, textOf(item, 'id')), whatOf(item), isTerminal(item), nowMs);
        break;
      case 'item/completed':
        this.#items.delete(keyOf(thread, textOf(item, 'id')));
        break;
      case 'hook/started':
        this.#open(keyOf(thread, hookOf(params)), 'a hook', false, nowMs);
        break;
      case 'hook/completed':
        this.#items.delete(keyOf(thread, hookOf(params)));
        break;
      case 'item/commandExecution/outputDelta':
      case 'item/mcpToolCall/progress':
        this.#hear(keyOf(thread, textOf(params, 'itemId')), nowMs);
        break;
      case 'item/commandExecution/terminalInteraction':
        this.#rejoin(keyOf(thread, textOf(params, 'itemId')), nowMs);
        break;
      case 'thread/tokenUsage/updated':
        this.#leave(`${thread} `, nowMs);
        break;
      case 'turn/completed':
        this.#forget(`${thread} `);
        break;
    }
  }

  /** A call of a tool of ours, which we must answer; older versions have no item for it. */
  called(callId: string, tool: string, nowMs: number): void {
    this.#open(callKey(callId), toolCall(tool), false, nowMs);
  }

  answered(callId: string): void {
    this.#items.delete(callKey(callId));
  }

  clear(): void {
    this.#items.clear();
  }

  /** The longest open of those that excuse silence now; null when silence counts. */
  excuse(nowMs: number): OpenItem | null {
    return [...this.#items.values()].find((item) => isWaitedFor(item, nowMs)) ?? null;
  }

  /** The one that Codex has waited for in silence for at least this long; null when there is none. */
  silentFor(limitMs: number, nowMs: number): OpenItem | null {
    const silent = (item: OpenItem): boolean => item.leftAtMs === null && nowMs - item.heardAtMs >= limitMs;
    return [...this.#items.values()].find(silent) ?? null;
  }

  #open(key: string, what: string | null, terminal: boolean, nowMs: number): void {
    if (what === null || this.#items.size >= MOST_ITEMS) return;
    this.#items.set(key, { what, sinceMs: nowMs, heardAtMs: nowMs, isTerminal: terminal, leftAtMs: null });
  }

  #hear(key: string, nowMs: number): void {
    const item = this.#items.get(key);
    if (item !== undefined) this.#items.set(key, { ...item, heardAtMs: nowMs });
  }

  /** Codex has waited on a terminal, until now; it may be one of an earlier turn. */
  #rejoin(key: string, nowMs: number): void {
    if (!this.#items.has(key)) this.#open(key, 'a command', true, nowMs);
    const item = this.#items.get(key);
    if (item !== undefined) this.#items.set(key, { ...item, heardAtMs: nowMs, leftAtMs: nowMs });
  }

  #leave(prefix: string, nowMs: number): void {
    for (const [key, item] of this.#items) {
      if (!key.startsWith(prefix) || !item.isTerminal || item.leftAtMs !== null) continue;
      this.#items.set(key, { ...item, leftAtMs: nowMs });
    }
  }

  #forget(prefix: string): void {
    for (const key of [...this.#items.keys()]) if (key.startsWith(prefix)) this.#items.delete(key);
  }
}

function isWaitedFor({ leftAtMs }: OpenItem, nowMs: number): boolean {
  return leftAtMs === null || nowMs - leftAtMs < LONGEST_WAIT_ON_TERMINAL_MS;
}

function keyOf(thread: string, id: string | null): string {
  return `${thread} ${id ?? ''}`;
}

function callKey(callId: string): string {
  return `call ${callId}`;
}

function hookOf(params: JsonObject): string {
  return `hook ${textOf(objectOf(params['run']), 'id') ?? ''}`;
}

function toolCall(tool: string | null): string {
  return `tool ${tool ?? 'without a name'}`;
}

function isTerminal(item: JsonObject): boolean {
  return item['type'] === 'commandExecution' && String(item['source']).startsWith('unifiedExec');
}

/** What is open for as long as something else than the model works; null for what the model does. */
function whatOf(item: JsonObject): string | null {
  switch (item['type']) {
    case 'commandExecution':
      return bareCommand(textOf(item, 'command') ?? 'a command');
    case 'mcpToolCall':
      return toolCall(textOf(item, 'tool'));
    case 'sleep':
      return 'a pause';
    default:
      return null;
  }
}
