import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { JsonValue } from '../../src/domain/json.js';
import { type DaemonProcess, type Place, until } from './board-daemon.js';

/** Nothing that is asked of a daemon takes so long, whatever is stuck and however busy the machine is. */
const ANSWERED_WITHIN_MS = 40_000;

/** With these the daemon says that something took it too long, and that it is to be asked again. */
const PUT_OFF = /"explanation_pending"|could not be seen in time; send it again/;

/** How something is asked of a daemon from outside. */
export interface Asking {
  /** Sent as a bearer token; nothing unless given. */
  readonly token?: string;
  /** Sent as JSON. */
  readonly body?: JsonValue;
  readonly headers?: Readonly<Record<string, string>>;
  /** The unix socket to ask through instead of the port. */
  readonly socketPath?: string;
}

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The JSON of it; undefined when it is none. */
  readonly body: unknown;
}

/**
 * Asks a daemon, as in `ask(daemon, 'GET /api/v1/state')`; fails when no answer comes. Asks again where it is told to: on a
 * busy machine a look at the processes, or at the tracker, may take longer than anybody is kept waiting for it.
 */
export async function ask(
  daemon: Pick<DaemonProcess, 'url'>,
  what: string,
  asking: Asking = {},
): Promise<Answered> {
  return await until(`more than a put-off of ${what}`, async () => {
    const answered = await askOnce(daemon, what, asking);
    return (answered.status < 400 || !PUT_OFF.test(answered.text)) && answered;
  });
}

async function askOnce(daemon: Pick<DaemonProcess, 'url'>, what: string, asking: Asking): Promise<Answered> {
  const response = await send(daemon, what, asking);
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, text, body: jsonOf(text) };
}

function send(
  { url }: Pick<DaemonProcess, 'url'>,
  what: string,
  { token, body, headers = {}, socketPath }: Asking,
): Promise<IncomingMessage> {
  const [method, path = '/'] = what.split(' ');
  const content = body === undefined ? null : JSON.stringify(body);
  const options = {
    method,
    // One connection for each, so that nobody waits for another's.
    agent: false,
    ...(socketPath === undefined ? {} : { socketPath }),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(content === null ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, options, resolve);
    sent.setTimeout(ANSWERED_WITHIN_MS, () => sent.destroy(new Error(`no answer to ${what}`)));
    sent.once('error', reject).end(content ?? '');
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A person with the token of the daemons of a place. */
export class Operator {
  readonly #place: Place;
  readonly #daemon: DaemonProcess;

  constructor(place: Place, daemon: DaemonProcess) {
    this.#place = place;
    this.#daemon = daemon;
  }

  get token(): string {
    return tokenOf(this.#place);
  }

  /** `order('stop', 'A-1')`, `order('pause')`; fails unless it is taken, with what is said instead. */
  async order(order: string, identifier?: string, body?: JsonValue): Promise<Answered> {
    const answered = await this.tries(order, identifier, body);
    if (answered.status === 202) return answered;
    throw new Error(`${order} ${identifier ?? ''}: ${answered.status} ${answered.text}`);
  }

  /** The same, also when it is not taken. */
  async tries(order: string, identifier?: string, body?: JsonValue): Promise<Answered> {
    const path = identifier === undefined ? order : `issues/${encodeURIComponent(identifier)}/${order}`;
    const asking = { token: this.token, ...(body === undefined ? {} : { body }) };
    return await ask(this.#daemon, `POST /api/v1/${path}`, asking);
  }
}

/** The token that the daemons of a place made. */
export function tokenOf(place: Place): string {
  const [token] = place.lines('.symphony/WORKFLOW.md/operator-token');
  if (token === undefined) throw new Error('no daemon has made a token');
  return token;
}

/** Where the socket of the latest daemon of a place is, as its log tells. */
export async function socketOf(place: Place): Promise<string> {
  return String((await place.logged('socket listening')).at(-1)?.['path']);
}

/** One event of a stream, comments left out. */
export interface Frame {
  readonly id: string | null;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Somebody who reads a stream of events. */
export class StreamReader {
  readonly frames: Frame[] = [];
  /** Settles when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  readonly #response: IncomingMessage;
  #unfinished = '';

  private constructor(response: IncomingMessage) {
    this.#response = response;
    this.closed = new Promise((resolve) => {
      response.once('close', resolve);
    });
    // Whoever breaks a connection off is told so.
    response.on('error', () => {});
    response.setEncoding('utf8').on('data', (text: string) => this.#take(text));
  }

  /** Begins to read; fails when the daemon answers anything but a stream. */
  static async of(daemon: DaemonProcess, path: string, asking: Asking = {}): Promise<StreamReader> {
    const headers = { accept: 'text/event-stream', ...asking.headers };
    const response = await send(daemon, `GET ${path}`, { ...asking, headers });
    const type = response.headers['content-type'] ?? '';
    // A stream may be silent for as long as nothing happens.
    response.setTimeout(0);
    if (response.statusCode === 200 && type.startsWith('text/event-stream'))
      return new StreamReader(response);
    response.destroy();
    throw new Error(`GET ${path} answered ${response.statusCode} ${type}`);
  }

  /** Waits for an event like this. */
  async sees(what: string, isWanted: (frame: Frame) => boolean): Promise<Frame> {
    const explain = (): string => JSON.stringify(this.frames.slice(-30), null, 1);
    return await until(what, () => this.frames.find(isWanted), explain);
  }

  /** Waits for an event of this kind, as `run_started`, about an issue. */
  async tells(kind: string, identifier: string): Promise<Frame> {
    return await this.sees(
      `${kind} of ${identifier}`,
      ({ data }) => data['kind'] === kind && data['issue_identifier'] === identifier,
    );
  }

  /** The ids of the events so far. */
  ids(): string[] {
    return this.frames.flatMap(({ id }) => id ?? []);
  }

  /** Takes nothing more, as a client that hangs. */
  stopReading(): void {
    this.#response.pause();
  }

  /** Ends the connection as a broken network does. */
  breakOff(): void {
    this.#response.destroy();
  }

  #take(text: string): void {
    const frames = `${this.#unfinished}${text}`.split('\n\n');
    this.#unfinished = frames.pop() ?? '';
    for (const frame of frames) this.#read(frame.split('\n'));
  }

  #read(lines: readonly string[]): void {
    const field = (name: string): string | null =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null;
    const data = jsonOf(field('data') ?? '');
    const event = field('event');
    if (event !== null && isRecord(data)) this.frames.push({ id: field('id'), event, data });
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
