import type { JsonObject } from '../../domain/json.js';
import { bareCommand } from './humanise-item.js';
import { plainText } from './plain-text.js';
import { objectOf, textOf } from './protocol.js';

/**
 * The longest that Codex waits on a terminal in one go, its `background_terminal_max_timeout`. It starts a command with
 * at most 30 seconds of patience, then asks the model, and comes back for at most this long without a word before.
 */
const LONGEST_WAIT_ON_TERMINAL_MS = 300_000;
/** Nobody runs that many at once; an agent that never completes its items must not fill the memory. */
const MOST_ITEMS = 1_000;
const NAME_LENGTH = 100;

/** Something that the agent waits for, and that may be quiet for long. */
export interface OpenItem {
  /** For people: a command, or a tool. */
  readonly what: string;
  readonly sinceMs: number;
  /** When it last said or was told something. */
  readonly heardAtMs: number;
  /** For a terminal, which Codex may have left to itself: when it was known to be waited for. Null for all others. */
  readonly waitedAtMs: number | null;
}

/**
 * What one turn waits for: commands, calls of tools (ours and MCP's), pauses and hooks, also those of sub-agents. What
 * the model does is not among it, as its silence is what a stall is; nor is waiting for a sub-agent, which is heard
 * itself.
 *
 * A command in a terminal may outlive the call that started it: a development server stays open for the rest of the
 * turn, and Codex does not tell whether it waits for it or for its model (observed with 0.169 and 0.118). So it excuses
 * silence only for as long as Codex may wait for it without a word.
 */
export class OpenItems {
  readonly #items = new Map<string, OpenItem>();

  /** Reads what a notification says about items. */
  note(method: string, params: JsonObject, nowMs: number): void {
    const thread = textOf(params, 'threadId') ?? '';
    const item = objectOf(params['item']);
    switch (method) {
      case 'item/started':
        this.#open(keyOf(thread, textOf(item, 'id')), whatOf(item), nowMs, isTerminal(item));
        break;
      case 'item/completed':
        this.#items.delete(keyOf(thread, textOf(item, 'id')));
        break;
      case 'hook/started':
        this.#open(keyOf(thread, hookOf(params)), 'a hook', nowMs);
        break;
      case 'hook/completed':
        this.#items.delete(keyOf(thread, hookOf(params)));
        break;
      case 'item/commandExecution/outputDelta':
      case 'item/mcpToolCall/progress':
        this.#hear(keyOf(thread, textOf(params, 'itemId')), nowMs);
        break;
      case 'item/commandExecution/terminalInteraction':
        this.#waited(keyOf(thread, textOf(params, 'itemId')), textOf(params, 'stdin') !== null, nowMs);
        break;
      case 'turn/completed':
        this.#forget(`${thread} `);
        break;
    }
  }

  /** A call of a tool of ours, which we must answer. */
  called(callId: string, tool: string, nowMs: number): void {
    this.#open(callKey(callId), toolCall(tool), nowMs);
  }

  answered(callId: string): void {
    this.#items.delete(callKey(callId));
  }

  /** The longest open of those that excuse silence now; null when silence counts. */
  excuse(nowMs: number): OpenItem | null {
    return [...this.#items.values()].find((item) => isWaitedFor(item, nowMs)) ?? null;
  }

  /** One that is waited for and has been silent for at least this long; null when there is none. */
  silentFor(limitMs: number, nowMs: number): OpenItem | null {
    const isSilent = (item: OpenItem): boolean =>
      isWaitedFor(item, nowMs) && nowMs - item.heardAtMs >= limitMs;
    return [...this.#items.values()].find(isSilent) ?? null;
  }

  #open(key: string, what: string | null, nowMs: number, terminal = false): void {
    if (what === null || this.#items.size >= MOST_ITEMS) return;
    const waitedAtMs = terminal ? nowMs : null;
    const name = plainText(what, NAME_LENGTH) || 'a command';
    this.#items.set(key, { what: name, sinceMs: nowMs, heardAtMs: nowMs, waitedAtMs });
  }

  #hear(key: string, nowMs: number): void {
    const item = this.#items.get(key);
    if (item !== undefined) this.#items.set(key, { ...item, heardAtMs: nowMs });
  }

  /** Codex has waited on a terminal, until now; it may be one of an earlier turn. */
  #waited(key: string, isTold: boolean, nowMs: number): void {
    if (!this.#items.has(key)) this.#open(key, 'a command', nowMs, true);
    const item = this.#items.get(key);
    if (item === undefined) return;
    this.#items.set(key, { ...item, waitedAtMs: nowMs, heardAtMs: isTold ? nowMs : item.heardAtMs });
  }

  #forget(prefix: string): void {
    for (const key of [...this.#items.keys()]) if (key.startsWith(prefix)) this.#items.delete(key);
  }
}

function isWaitedFor({ waitedAtMs }: OpenItem, nowMs: number): boolean {
  return waitedAtMs === null || nowMs - waitedAtMs < LONGEST_WAIT_ON_TERMINAL_MS;
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
