import type { JsonValue } from './json.js';

/** One session of an issue whose conversation is kept. */
export interface SessionLog {
  readonly label: string;
  readonly path: string;
}

/** A line of a conversation between the daemon and an agent; secrets are gone from it already. */
export interface TranscriptLine {
  /** Wall milliseconds; null where the line does not tell. */
  readonly atMs: number | null;
  readonly direction: 'sent' | 'received' | null;
  /** A protocol message, or the text of a line that is none. */
  readonly message: JsonValue;
}

/** Where observers read what was said. */
export interface TranscriptSource {
  /** Every session that is kept of an issue, the oldest first. */
  sessions(identifier: string): readonly SessionLog[];
  /**
   * Some lines of one session (the latest when null), from the beginning or after an earlier page; null when nothing is
   * kept. Reads at most a megabyte, whatever the file holds.
   */
  read(
    identifier: string,
    page: { readonly session: string | null; readonly after: string | null; readonly limit: number },
  ): Promise<TranscriptPage | null>;
}

/** A stretch of a conversation. */
export interface TranscriptPage {
  readonly session: SessionLog;
  readonly lines: readonly TranscriptLine[];
  /** Where the next page begins; null at the end of what is written so far. */
  readonly next: string | null;
}
