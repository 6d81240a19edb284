import type { JsonObject } from '../domain/json.js';
import type { ToolResult } from '../ports/tracker.js';

/** Why a call of an agent's tool cannot be carried out; told to the agent with a code and with what to do instead. */
export class ToolRefusal extends Error {
  readonly code: string;
  readonly details: JsonObject;

  constructor(code: string, message: string, details: JsonObject = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** A tracker that has this one tool was asked for another. */
export function unsupportedTool(name: string, supported: string): ToolRefusal {
  const message = `there is no tool ${JSON.stringify(name)}; use ${supported}`;
  return new ToolRefusal('unsupported_tool', message, { supportedTools: [supported] });
}

/** The result of a call that failed. */
export function failed(code: string, message: string, details: JsonObject = {}): ToolResult {
  return { success: false, output: { error: { code, message, ...details } } };
}

/** The result of a call that was refused. */
export function refused({ code, message, details }: ToolRefusal): ToolResult {
  return failed(code, message, details);
}

/** The result of a call that the end of its session broke off. */
export function abortedCall(): ToolResult {
  return failed('aborted', 'the session is being stopped');
}
