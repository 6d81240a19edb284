import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

type Fields = Readonly<Record<string, unknown>>;

/** A message of the client that wants something. */
export interface ClientRequest {
  readonly method: string;
  readonly params: Fields;
  answer(result: object): void;
  refuse(message: string): void;
}

/** The server's side of the app-server protocol over two streams. */
export class ScriptedServer {
  readonly #output: Writable;
  readonly #waiting = new Map<number, (result: Fields) => void>();
  #nextId = 0;

  constructor(output: Writable) {
    this.#output = output;
  }

  /** Reads requests until the input ends. */
  async serve(input: Readable, onRequest: (request: ClientRequest) => void): Promise<void> {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.trim() !== '') this.#take(JSON.parse(line) as Fields, onRequest);
    }
  }

  notify(method: string, params: object): void {
    this.#send({ method, params, emittedAtMs: Date.now() });
  }

  /** Asks the client; its refusal comes back as an empty result. */
  async ask(method: string, params: object): Promise<Fields> {
    const id = this.#nextId;
    this.#nextId += 1;
    const result = new Promise<Fields>((settle) => this.#waiting.set(id, settle));
    this.#send({ method, id, params });
    return await result;
  }

  #take(message: Fields, onRequest: (request: ClientRequest) => void): void {
    const { id, method } = message;
    if (typeof method === 'string') {
      const params = (message['params'] ?? {}) as Fields;
      const isRequest = id !== undefined;
      onRequest({
        method,
        params,
        answer: (result) => isRequest && this.#send({ id, result }),
        refuse: (text) => isRequest && this.#send({ id, error: { code: -32600, message: text } }),
      });
    } else if (typeof id === 'number') {
      this.#waiting.get(id)?.((message['result'] ?? {}) as Fields);
      this.#waiting.delete(id);
    }
  }

  #send(message: object): void {
    this.#output.write(`${JSON.stringify(message)}\n`);
  }
}
