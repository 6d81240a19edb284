import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One answer of the model. */
export type Step =
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: object }
  | { readonly kind: 'fail'; readonly code: string };

export interface ModelServer {
  readonly baseUrl: string;
  /** The last item of the input of each request, so what the model was told last. */
  readonly told: unknown[];
}

/** A model on loopback that answers Responses requests with the steps in order; it has no opinion of its own. */
export async function startModelServer(steps: readonly Step[]): Promise<ModelServer> {
  const told: unknown[] = [];
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
      const step = steps[told.length] ?? { kind: 'say', text: 'The script is over.' };
      told.push(input.at(-1));
      answer(response, `resp_${told.length}`, step);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, told };
}

function answer(response: ServerResponse, id: string, step: Step): void {
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
  if (step.kind === 'fail') {
    send({
      type: 'response.failed',
      response: { id, error: { code: step.code, message: `failed: ${step.code}` } },
    });
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

function item(id: string, step: Exclude<Step, { kind: 'fail' }>): object {
  if (step.kind === 'say') {
    const content = [{ type: 'output_text', text: step.text }];
    return { type: 'message', role: 'assistant', id: `msg_${id}`, content };
  }
  const { name, args } = step;
  return {
    type: 'function_call',
    id: `fc_${id}`,
    call_id: `call_${id}`,
    name,
    arguments: JSON.stringify(args),
  };
}
