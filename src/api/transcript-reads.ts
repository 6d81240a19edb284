import type { TranscriptPage, TranscriptSource } from '../domain/transcript.js';
import { RequestFault } from './failure.js';
import type { TranscriptResponse } from './schema-history.js';
import { inTime, type Timer } from './timer.js';

/** A stretch of a transcript is up to a megabyte; this is what readers can make the daemon hold. */
const MOST_AT_ONCE = 8;
/** A disk that does not answer is not waited for. */
const LIMIT_MS = 5_000;

type Page = Parameters<TranscriptSource['read']>[1];

/** The only answers for which a disk is asked: some at a time, and none for long. */
export class TranscriptReads {
  readonly #source: TranscriptSource;
  readonly #timer: Timer;
  #reading = 0;

  constructor(source: TranscriptSource, timer: Timer) {
    this.#source = source;
    this.#timer = timer;
  }

  sessions(identifier: string): ReturnType<TranscriptSource['sessions']> {
    return this.#source.sessions(identifier);
  }

  /** Null when nothing is kept. @throws RequestFault 429 or 503 */
  async read(identifier: string, page: Page): Promise<TranscriptPage | null> {
    if (this.#reading >= MOST_AT_ONCE) {
      throw new RequestFault(429, 'Too many transcripts are read at once. Ask again in a moment.', {
        'retry-after': '1',
      });
    }
    this.#reading += 1;
    // A read that hangs counts until it ends, so that no more than these can hang.
    const reading = this.#source.read(identifier, page).finally(() => {
      this.#reading -= 1;
    });
    const late = () =>
      new RequestFault(503, 'The disk with the transcripts does not answer. Ask again later.');
    return await inTime(this.#timer, LIMIT_MS, reading, late);
  }
}

/** A stretch of a transcript in the words of the API; `page` is null where nothing is kept. */
export function transcriptResponse(
  identifier: string,
  sessions: ReturnType<TranscriptSource['sessions']>,
  page: TranscriptPage | null,
): TranscriptResponse {
  return {
    issue_identifier: identifier,
    sessions: sessions.map(({ label, path }) => ({ label, path })),
    session: page?.session.label ?? null,
    lines: (page?.lines ?? []).map(({ atMs, direction, message }) => ({
      at: atMs === null ? null : new Date(atMs).toISOString(),
      direction,
      message,
    })),
    next: page?.next ?? null,
  };
}
