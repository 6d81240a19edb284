import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, type TestContext } from 'vitest';
import { respond } from './responses.js';
import { type Answer, oneScript, type Scripts, type Step } from './script.js';

const THE_SCRIPT_IS_OVER: Answer = { kind: 'say', text: 'The script is over.' };

/** One request as it reached the model. */
export interface ModelRequest {
  /** Whose script answered it: the identifier of an issue where scripts stand in issues, else empty. */
  readonly key: string;
  /** The thread of Codex that asked, as it names it to the model's cache. */
  readonly thread: string;
  readonly model: string;
  readonly input: readonly unknown[];
  readonly tools: readonly string[];
  readonly authorization: string | undefined;
}

/** A running model. */
export interface ModelServer {
  /** What a provider of Codex has as its `base_url`. */
  readonly baseUrl: string;
  readonly requests: readonly ModelRequest[];
  /** The last item of the input of each request, so what the model was told last. */
  readonly told: readonly unknown[];
  /** The whole input of each request. */
  readonly inputs: readonly (readonly unknown[])[];
  /** Whether a request of this key waits at a `hold`. */
  isHolding(key?: string): boolean;
  /** Lets what waits go on. */
  release(key?: string): void;
}

/** What a test may choose besides the script. */
interface ModelServerOptions {
  /** The test that it goes with; tests that run side by side have to say so. */
  readonly context?: Pick<TestContext, 'onTestFinished'>;
  /** When the account, which is always used up, is open again, in seconds since 1970. */
  readonly resetsAtS?: () => number;
}

/**
 * A model on loopback that answers requests of the Responses API with the steps of their scripts, each step once and
 * in order, and with `last` from then on; it has no opinion of its own. Its place in a script belongs to the key of the
 * script, so a new thread of the same issue goes on where the one before it was.
 */
export async function startModelServer(
  script: readonly Step[] | Scripts,
  last: Answer = THE_SCRIPT_IS_OVER,
  { context = { onTestFinished }, resetsAtS }: ModelServerOptions = {},
): Promise<ModelServer> {
  const model = new Model(typeof script === 'function' ? script : oneScript(script), last, resetsAtS);
  const server = createServer((request, response) => {
    model.serve(request, response).catch((error: unknown) => {
      // A client that is killed in the middle of its request is nobody's mistake.
      if (!response.destroyed) throw error;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests: model.requests,
    get told() {
      return model.requests.map(({ input }) => input.at(-1));
    },
    get inputs() {
      return model.requests.map(({ input }) => input);
    },
    isHolding: (key = '') => model.held.has(key),
    release: (key = '') => model.held.get(key)?.(),
  };
}

/** What Codex sends; the rest of it does not matter here. */
interface Body {
  readonly model: string;
  readonly input: readonly Item[];
  readonly tools?: readonly { readonly name?: string; readonly type: string }[];
  readonly prompt_cache_key?: string;
}

interface Item {
  readonly role?: string;
  readonly content?: readonly { readonly text?: string }[];
}

class Model {
  readonly requests: ModelRequest[] = [];
  /** By key: how what waits goes on. */
  readonly held = new Map<string, () => void>();
  readonly #scripts: Scripts;
  readonly #last: Answer;
  readonly #resetsAtS: () => number;
  readonly #stepsDone = new Map<string, number>();

  constructor(scripts: Scripts, last: Answer, resetsAtS = (): number => 4_000_000_000) {
    this.#scripts = scripts;
    this.#last = last;
    this.#resetsAtS = resetsAtS;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(request);
    if (!request.url?.endsWith('/responses')) {
      response.writeHead(404).end('{}');
      return;
    }
    const { model, input, tools = [], prompt_cache_key: thread = '' } = JSON.parse(text) as Body;
    const { key, steps } = this.#scripts(toldByUser(input)) ?? { key: '', steps: [] };
    const { authorization } = request.headers;
    const offered = tools.map(({ name, type }) => name ?? type);
    this.requests.push({ key, thread, model, input, tools: offered, authorization });
    const id = `resp_${this.requests.length}`;
    const answer = await this.#nextAnswer(key, steps, response);
    if (!response.destroyed) respond(response, { id, tools: offered, resetsAtS: this.#resetsAtS() }, answer);
  }

  async #nextAnswer(key: string, steps: readonly Step[], response: ServerResponse): Promise<Answer> {
    while (!response.destroyed) {
      const done = this.#stepsDone.get(key) ?? 0;
      const step = steps[done] ?? this.#last;
      this.#stepsDone.set(key, done + 1);
      if (step.kind === 'hold') await this.#hold(key, response);
      else return step;
    }
    // What nobody waits for any more uses up no step.
    return this.#last;
  }

  /** Until it is released, or until nobody waits for the answer any more. */
  #hold(key: string, response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      const goOn = (): void => {
        if (this.held.get(key) === goOn) this.held.delete(key);
        resolve();
      };
      this.held.set(key, goOn);
      response.once('close', goOn);
    });
  }
}

function toldByUser(input: readonly Item[]): string[] {
  return input.flatMap(({ role, content = [] }) =>
    role === 'user' ? content.flatMap(({ text }) => text ?? []) : [],
  );
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
