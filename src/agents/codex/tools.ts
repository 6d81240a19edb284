import { errorMessage } from '../../domain/error.js';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { AgentEventName } from '../../domain/session.js';
import type { Clock } from '../../ports/clock.js';
import type { ToolContext, TrackerTools } from '../../ports/tracker.js';
import { plainText } from './plain-text.js';
import { ToolCall } from './protocol.js';

/** Calls of one session that may run at once; an agent that asks for more is told so. */
const MOST_CALLS_AT_ONCE = 16;
const NAME_LENGTH = 80;

/** What came of a call: the answer for the agent, and what to report. */
export interface ToolOutcome {
  readonly answer: JsonObject;
  readonly event: Extract<
    AgentEventName,
    'tool_call_completed' | 'tool_call_failed' | 'unsupported_tool_call'
  >;
  readonly message: string;
  /** For the log: never what was asked or answered, which may hold secrets. */
  readonly fields: {
    readonly tool: string;
    readonly duration_ms: number;
    readonly outcome: 'completed' | 'failed' | 'unsupported';
  };
}

/** By what the calls of a session are bound to it. */
export interface ToolBinding {
  readonly context: ToolContext;
  /** Aborted when the session ends. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** The tools in the shape in which `thread/start` declares them. */
export function dynamicTools({ specs }: TrackerTools): JsonObject[] {
  return specs.map(({ name, description, inputSchema }) => ({
    type: 'function',
    name,
    description,
    inputSchema,
  }));
}

/** Executes the tools of one session in the daemon, for one issue (SPEC 10.5); every call gets an answer. */
export class ToolCalls {
  readonly #tools: TrackerTools;
  readonly #binding: ToolBinding;
  #running = 0;

  constructor(tools: TrackerTools, binding: ToolBinding) {
    this.#tools = tools;
    this.#binding = binding;
  }

  /** Never rejects. */
  async execute(params: JsonObject): Promise<ToolOutcome> {
    const { clock } = this.#binding;
    const startedAtMs = clock.nowMs();
    const call = ToolCall.parse(params);
    const name = (call.tool ?? call.name ?? '').trim();
    const { kind, text } = await this.#result(name, call.arguments);
    const tool = plainText(name, NAME_LENGTH);
    return {
      answer: { success: kind === 'completed', contentItems: [{ type: 'inputText', text }], output: text },
      event: EVENTS[kind],
      message: `${kind === 'completed' ? 'called' : 'failed call of'} tool ${tool || 'without a name'}`,
      fields: { tool, duration_ms: clock.nowMs() - startedAtMs, outcome: kind },
    };
  }

  async #result(name: string, args: JsonValue): Promise<Result> {
    const supportedTools = this.#tools.specs.map((spec) => spec.name);
    if (!supportedTools.includes(name)) {
      const error =
        name === '' ? 'the tool call names no tool' : `there is no tool ${plainText(name, NAME_LENGTH)}`;
      return { kind: 'unsupported', text: textFor({ error, supportedTools }) };
    }
    if (this.#running >= MOST_CALLS_AT_ONCE)
      return failure(`more than ${MOST_CALLS_AT_ONCE} tool calls at once; wait for one to end`);
    this.#running += 1;
    try {
      const { context, signal } = this.#binding;
      const { success, output } = await this.#tools.execute(name, args, context, signal);
      return { kind: success ? 'completed' : 'failed', text: textFor(output) };
    } catch (error) {
      // The session was stopped, or the adapter broke its promise; either way the agent needs an answer.
      return failure(errorMessage(error));
    } finally {
      this.#running -= 1;
    }
  }
}

interface Result {
  readonly kind: ToolOutcome['fields']['outcome'];
  readonly text: string;
}

const EVENTS = {
  completed: 'tool_call_completed',
  failed: 'tool_call_failed',
  unsupported: 'unsupported_tool_call',
} as const;

function failure(error: string): Result {
  return { kind: 'failed', text: textFor({ error }) };
}

/** A result as the model reads it; an adapter that breaks its promise may give one that JSON has no word for. */
function textFor(output: JsonValue): string {
  if (typeof output === 'string') return output;
  const text: string | undefined = JSON.stringify(output, null, 2);
  return text ?? 'null';
}
