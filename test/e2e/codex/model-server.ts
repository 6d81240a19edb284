import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One answer of the model. */
export type Step =
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: object }
  /** A call of a tool that takes plain text instead of JSON, such as `apply_patch`. */
  | { readonly kind: 'input'; readonly name: string; readonly input: string }
  /** A failure told within the stream. */
  | { readonly kind: 'fail'; readonly code: string; readonly message?: string }
  /** A refusal of the request itself. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** A stream that begins and is cut. */
  | { readonly kind: 'cut' }
  /** A request that never gets a header. */
  | { readonly kind: 'silence' };

export interface ModelServer {
  readonly baseUrl: string;
  /** The last item of the input of each request, so what the model was told last. */
  readonly told: unknown[];
  /** The whole input of each request. */
  readonly inputs: (readonly unknown[])[];
}

/**
 * A model on loopback that answers Responses requests with the steps in order, and with `last` from then on; it has no
 * opinion of its own.
 */
export async function startModelServer(
  steps: readonly Step[],
  last: Step = { kind: 'say', text: 'The script is over.' },
): Promise<ModelServer> {
  const told: unknown[] = [];
  const inputs: (readonly unknown[])[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      if (!request.url?.endsWith('/responses')) {
        response.writeHead(404).end('{}');
        return;
      }
      const { input } = JSON.parse(body) as { readonly input: readonly unknown[] };
      const step = steps[told.length] ?? last;
      told.push(input.at(-1));
      inputs.push(input);
      answer(response, `resp_${told.length}`, step);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, told, inputs };
}

function answer(response: ServerResponse, id: string, step: Step): void {
  if (step.kind === 'silence') return;
  if (step.kind === 'status') {
    response
      .writeHead(step.status, { 'content-type': 'application/json', ...step.headers })
      .end(step.body ?? JSON.stringify({ error: { message: `answered ${step.status}` } }));
    return;
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'x-codex-primary-used-percent': '100',
    'x-codex-primary-window-minutes': '300',
    'x-codex-primary-reset-at': '4000000000',
  });
  const send = (event: { readonly type: string } & Record<string, unknown>): void => {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  send({ type: 'response.created', response: { id } });
  if (step.kind === 'cut') {
    setImmediate(() => response.destroy());
    return;
  }
  if (step.kind === 'fail') {
    const { code, message = `failed: ${code}` } = step;
    send({ type: 'response.failed', response: { id, error: { code, message } } });
  } else {
    send({ type: 'response.output_item.done', output_index: 0, item: item(id, step) });
    const usage = {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 120,
    };
    send({ type: 'response.completed', response: { id, usage } });
  }
  response.end();
}

function item(id: string, step: Extract<Step, { kind: 'say' | 'call' | 'input' }>): object {
  if (step.kind === 'say') {
    const content = [{ type: 'output_text', text: step.text }];
    return { type: 'message', role: 'assistant', id: `msg_${id}`, content };
  }
  const { name } = step;
  const call = { id: `fc_${id}`, call_id: `call_${id}`, name };
  return step.kind === 'input'
    ? { type: 'custom_tool_call', ...call, id: `ctc_${id}`, input: step.input }
    : { type: 'function_call', ...call, arguments: JSON.stringify(step.args) };
}
