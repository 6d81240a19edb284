import { type Answer, FileSession, type FileSessionParts, SessionLost } from './file-session.js';

/** After the last request. */
const IDLE_MS = 30_000;
/** How often a request is sent when the session is lost under it; each of them may be done twice. */
const TRIES = 2;

export type FileLaneParts = Omit<FileSessionParts, 'onEnd'>;

/** A session for files that is opened when it is needed, and again when it was lost; closed when nobody needs it. */
export class FileLane {
  readonly #parts: FileLaneParts;
  #session: Promise<FileSession> | null = null;
  #asked = 0;
  #cancelIdle: () => void = () => {};

  constructor(parts: FileLaneParts) {
    this.#parts = parts;
  }

  /** The user's home directory. @throws SymphonyError */
  async home(): Promise<string> {
    return (await this.#current()).home;
  }

  /** @throws SymphonyError when the host is lost, or there is no answer within the limit */
  async ask(program: string, limitMs: number): Promise<Answer> {
    this.#asked += 1;
    try {
      for (let tries = 1; ; tries++) {
        try {
          await this.#parts.lease.settled();
          return await (await this.#current()).ask(program, limitMs);
        } catch (error) {
          if (!(error instanceof SessionLost)) throw error;
          if (tries === TRIES) throw error.failure;
        }
      }
    } finally {
      this.#asked -= 1;
      this.#watchIdle();
    }
  }

  async close(): Promise<void> {
    this.#cancelIdle();
    (await this.#session?.catch(() => null))?.close();
  }

  #current(): Promise<FileSession> {
    if (this.#session !== null) return this.#session;
    const forget = (): void => {
      if (this.#session === opening) this.#session = null;
    };
    const opening = FileSession.open({ ...this.#parts, onEnd: forget });
    this.#session = opening;
    void opening.catch(forget);
    return opening;
  }

  #watchIdle(): void {
    this.#cancelIdle();
    if (this.#asked > 0) return;
    const { clock } = this.#parts;
    this.#cancelIdle = clock.wakeAt(clock.nowMs() + IDLE_MS, () => void this.close());
  }
}
