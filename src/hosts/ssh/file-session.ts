import { posix } from 'node:path';
import { SymphonyError } from '../../domain/error.js';
import type { Clock } from '../../ports/clock.js';
import { unreachable } from './connect-failure.js';
import type { Lease } from './lease.js';
import { MarkedStream, newToken } from './marked-stream.js';
import { Noise } from './noise.js';
import type { Pool } from './pool.js';
import type { Opened } from './session-request.js';

/** The user's own shell may read slow files before it begins. */
const START_LIMIT_MS = 60_000;
/** What a request may answer with; all that is read here is small. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** What the far side made of a request. */
export interface Answer {
  /** 0 when it was done. */
  readonly status: number;
  readonly content: Buffer;
  /** Why it was not done, in the words of the far side. */
  readonly problem: string;
}

/** The session ended before a request was answered; it can be asked again in another one. */
export class SessionLost extends Error {
  readonly failure: SymphonyError;

  constructor(failure: SymphonyError) {
    super(failure.message);
    this.failure = failure;
  }
}

export interface FileSessionParts {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly clock: Clock;
  /** Called at once when the session cannot be asked any more. */
  readonly onEnd: () => void;
}

interface Request {
  readonly limitMs: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** A session that works with files, one request after the other; the next ones are sent before the first is answered. */
export class FileSession {
  /** The user's home directory there. */
  readonly home: string;
  readonly #opened: Opened;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  readonly #requests: Request[] = [];
  #content: Buffer[] = [];
  #size = 0;
  /** Set while what comes is why the request failed. */
  #answer: { readonly status: number; readonly content: Buffer } | null = null;
  #cancelLimit: () => void = () => {};
  #failure: SymphonyError | null = null;

  private constructor(opened: Opened, { clock, onEnd }: FileSessionParts, home: string) {
    this.#opened = opened;
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.home = home;
  }

  /** @throws SymphonyError as the pool and the control session do */
  static async open(parts: FileSessionParts): Promise<FileSession> {
    const { pool, lease } = parts;
    const path = await lease.hold();
    try {
      const opened = await pool.open(`exec /bin/sh ${posix.dirname(path)}/files`, 'service');
      opened.channel.once('close', () => lease.release(path));
      return await FileSession.#begin(opened, parts);
    } catch (error) {
      lease.release(path);
      throw error;
    }
  }

  static #begin(opened: Opened, parts: FileSessionParts): Promise<FileSession> {
    const { channel, connection } = opened;
    const token = newToken();
    const noise = new Noise();
    let session: FileSession | null = null;
    return new Promise((resolve, reject) => {
      const fail = (text: string): void => {
        const failure = unreachable(connection.destination, connection.reason ?? text, undefined);
        if (session === null) reject(failure);
        else session.#end(failure);
        channel.destroy();
      };
      const cancel = parts.clock.wakeAt(parts.clock.nowMs() + START_LIMIT_MS, () =>
        fail(`its shell did not begin within ${START_LIMIT_MS / 1_000} s${noise.text}`),
      );
      const stream = new MarkedStream(
        token,
        (content) => (session === null ? noise.add(content) : session.#take(content)),
        (line) => {
          if (session !== null) session.#mark(line);
          else if (line.startsWith('begin ')) {
            cancel();
            session = new FileSession(opened, parts, line.slice('begin '.length));
            resolve(session);
          }
        },
      );
      channel.on('data', (chunk: Buffer) => stream.feed(chunk));
      channel.stderr.on('data', (chunk: Buffer) => noise.add(chunk));
      channel.on('error', () => {});
      channel.once('close', () => {
        cancel();
        fail(`a session for its files ended${noise.text}`);
      });
      channel.write(`${token}\n`);
    });
  }

  /** Whether it has something to do. */
  get isBusy(): boolean {
    return this.#requests.length > 0;
  }

  /**
   * Sends a request, a program on one line.
   * @throws SessionLost when the session ends first; SymphonyError `workspace_unavailable` after the limit, which begins
   *   when the requests before it have been answered
   */
  ask(program: string, limitMs: number): Promise<Answer> {
    if (this.#failure !== null) return Promise.reject(new SessionLost(this.#failure));
    return new Promise((resolve, reject) => {
      this.#requests.push({ limitMs, resolve, reject });
      this.#opened.channel.write(`${program}\n`);
      if (this.#requests.length === 1) this.#limit();
    });
  }

  /** Ends it; what it was asked is lost. */
  close(): void {
    this.#opened.channel.destroy();
  }

  #limit(): void {
    this.#cancelLimit();
    const [head] = this.#requests;
    if (head === undefined) return;
    this.#cancelLimit = this.#clock.wakeAt(this.#clock.nowMs() + head.limitMs, () => {
      const { destination } = this.#opened.connection;
      const text = `${destination.name} did not answer within ${head.limitMs / 1_000} s`;
      this.#requests.shift();
      head.reject(new SymphonyError('workspace_unavailable', text));
      this.#end(unreachable(destination, 'a session for its files was stuck', undefined));
      this.close();
    });
  }

  #take(content: Buffer): void {
    this.#size += content.length;
    this.#content.push(content);
    if (this.#size <= MAX_ANSWER_BYTES) return;
    this.#content = [];
    this.#requests.shift()?.reject(new SymphonyError('workspace_unavailable', 'it is too large to be read'));
    this.#end(
      unreachable(this.#opened.connection.destination, 'a session for its files was stuck', undefined),
    );
    this.close();
  }

  /** Each mark stands after a newline that is not part of what comes before. */
  #mark(line: string): void {
    const content = Buffer.concat(this.#content).subarray(0, -1);
    this.#content = [];
    this.#size = 0;
    if (this.#answer === null) {
      this.#answer = { status: Number(line), content };
      return;
    }
    const answer = { ...this.#answer, problem: content.toString().trim() };
    this.#answer = null;
    this.#requests.shift()?.resolve(answer);
    this.#limit();
  }

  #end(failure: SymphonyError): void {
    this.#cancelLimit();
    this.#failure ??= failure;
    this.#onEnd();
    for (const { reject } of this.#requests.splice(0)) reject(new SessionLost(this.#failure));
  }
}
