import { errorMessage } from '../../domain/error.js';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { AgentEventName } from '../../domain/session.js';
import type { ToolContext, ToolResult, TrackerTools } from '../../ports/tracker.js';
import { plainText } from './plain-text.js';
import { ToolCall } from './protocol.js';

/** Calls of one session that may run at once; an agent that asks for more is told so. */
const MOST_CALLS_AT_ONCE = 16;

/** What came of a call: the answer for the agent, and what to report. */
export interface ToolOutcome {
  readonly answer: JsonObject;
  readonly event: Extract<
    AgentEventName,
    'tool_call_completed' | 'tool_call_failed' | 'unsupported_tool_call'
  >;
  readonly message: string;
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
  readonly #context: ToolContext;
  readonly #signal: AbortSignal;
  #running = 0;

  constructor(tools: TrackerTools, context: ToolContext, signal: AbortSignal) {
    this.#tools = tools;
    this.#context = context;
    this.#signal = signal;
  }

  async execute(params: JsonObject): Promise<ToolOutcome> {
    const call = ToolCall.parse(params);
    const name = (call.tool ?? call.name ?? '').trim();
    const supportedTools = this.#tools.specs.map((spec) => spec.name);
    if (!supportedTools.includes(name)) {
      const error = name === '' ? 'the tool call names no tool' : `there is no tool ${plainText(name, 80)}`;
      return outcome('unsupported_tool_call', name, { success: false, output: { error, supportedTools } });
    }
    if (this.#running >= MOST_CALLS_AT_ONCE) {
      const error = `more than ${MOST_CALLS_AT_ONCE} tool calls at once; wait for one to end`;
      return outcome('tool_call_failed', name, { success: false, output: { error } });
    }
    this.#running += 1;
    try {
      const result = await this.#run(name, call.arguments);
      return outcome(result.success ? 'tool_call_completed' : 'tool_call_failed', name, result);
    } finally {
      this.#running -= 1;
    }
  }

  async #run(name: string, args: JsonValue): Promise<ToolResult> {
    try {
      return await this.#tools.execute(name, args, this.#context, this.#signal);
    } catch (error) {
      // The session was stopped, or the adapter broke its promise not to reject; either way the agent needs an answer.
      return { success: false, output: { error: errorMessage(error) } };
    }
  }
}

function outcome(event: ToolOutcome['event'], name: string, { success, output }: ToolResult): ToolOutcome {
  const text = typeof output === 'string' ? output : JSON.stringify(output, null, 2);
  const said = event === 'tool_call_completed' ? 'called' : 'failed call of';
  return {
    answer: { success, contentItems: [{ type: 'inputText', text }], output: text },
    event,
    message: `${said} tool ${name === '' ? 'without a name' : name}`,
  };
}
