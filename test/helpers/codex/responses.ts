import type { ServerResponse } from 'node:http';
import type { Answer } from './script.js';

/** What an answer needs of the request that it answers. */
export interface Asked {
  /** Distinguishes this request from all others of the server. */
  readonly id: string;
  /** The names of the tools that the model may call. */
  readonly tools: readonly string[];
  /** When the account is open again, in seconds since 1970. */
  readonly resetsAtS: number;
}

/** Answers one request of the Responses API, as server-sent events where it is answered properly. */
export function respond(response: ServerResponse, asked: Asked, answer: Answer): void {
  if (answer.kind === 'silence') return;
  if (answer.kind === 'status') {
    const body = answer.body ?? JSON.stringify({ error: { message: `answered ${answer.status}` } });
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(body);
    return;
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'x-codex-primary-used-percent': '100',
    'x-codex-primary-window-minutes': '300',
    'x-codex-primary-reset-at': `${asked.resetsAtS}`,
    ...answer.headers,
  });
  send(response, { type: 'response.created', response: { id: asked.id } });
  stream(response, asked, answer);
}

function stream(
  response: ServerResponse,
  asked: Asked,
  answer: Exclude<Answer, { kind: 'silence' | 'status' }>,
): void {
  switch (answer.kind) {
    case 'hang':
      break;
    case 'cut':
      setImmediate(() => response.destroy());
      break;
    case 'garbage':
      response.end('event: response.output_text.delta\ndata: {"type": \n\nfurther nonsense\n\n');
      break;
    case 'fail': {
      const { code, message = `failed: ${code}` } = answer;
      send(response, { type: 'response.failed', response: { id: asked.id, error: { code, message } } });
      response.end();
      break;
    }
    case 'say':
      sendDeltas(response, asked.id, answer);
      complete(response, asked.id, message(asked.id, answer.text));
      break;
    case 'call':
      complete(response, asked.id, { ...call(asked.id, answer.name, answer.args), ...spaceOf(answer) });
      break;
    case 'exec':
      complete(response, asked.id, command(asked, answer.cmd, answer.args));
      break;
    case 'input': {
      const ids = { id: `ctc_${asked.id}`, call_id: `call_${asked.id}` };
      const item = { type: 'custom_tool_call', ...ids, name: answer.name, input: answer.input };
      complete(response, asked.id, item);
      break;
    }
  }
}

function send(
  response: ServerResponse,
  event: { readonly type: string; readonly [key: string]: unknown },
): void {
  response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

function sendDeltas(
  response: ServerResponse,
  id: string,
  { text, pieces }: Extract<Answer, { kind: 'say' }>,
): void {
  if (pieces === undefined) return;
  const item = { type: 'message', role: 'assistant', id: `msg_${id}`, content: [] };
  send(response, { type: 'response.output_item.added', output_index: 0, item });
  const size = Math.ceil(text.length / pieces);
  for (let at = 0; at < text.length; at += size) {
    const delta = text.slice(at, at + size);
    send(response, {
      type: 'response.output_text.delta',
      item_id: `msg_${id}`,
      output_index: 0,
      content_index: 0,
      delta,
    });
  }
}

function complete(response: ServerResponse, id: string, item: object): void {
  send(response, { type: 'response.output_item.done', output_index: 0, item });
  send(response, {
    type: 'response.completed',
    response: {
      id,
      usage: {
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 20,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 120,
      },
    },
  });
  response.end();
}

function message(id: string, text: string): object {
  return { type: 'message', role: 'assistant', id: `msg_${id}`, content: [{ type: 'output_text', text }] };
}

function call(id: string, name: string, args: object): object {
  return {
    type: 'function_call',
    id: `fc_${id}`,
    call_id: `call_${id}`,
    name,
    arguments: JSON.stringify(args),
  };
}

function spaceOf({ namespace }: Extract<Answer, { kind: 'call' }>): object {
  return namespace === undefined ? {} : { namespace };
}

/** The tools by which versions of Codex have run commands, each with the form of its argument. */
function command({ id, tools }: Asked, cmd: string, args: object = {}): object {
  if (tools.includes('shell_command')) return call(id, 'shell_command', { command: cmd, ...args });
  if (tools.includes('shell')) return call(id, 'shell', { command: ['bash', '-lc', cmd], ...args });
  return call(id, 'exec_command', { cmd, yield_time_ms: 30_000, ...args });
}
