import type { JsonValue } from '../domain/json.js';
import { RepeatedTexts } from './repeated-texts.js';

/** One log line: a constant message, and values as fields (SPEC 13.1). */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: { readonly [name: string]: JsonValue };
  /** The same in words, as the history shows it to people who look at one issue or at the daemon. */
  readonly sentence: string;
}

/** Builds a line from what is constant, what is said, and the values. */
export function logLine(
  level: LogLine['level'],
  message: string,
  sentence: string,
  fields: LogLine['fields'] = {},
): LogLine {
  return { level, message, sentence, fields };
}

/** The stable name of what a line tells: `run started` is `run_started`; what follows a comma only explains. */
export function kindOf({ message }: LogLine): string {
  return kinds.of(message);
}

/** Messages are constant phrases. */
const kinds = new RepeatedTexts((message) => {
  const [what = message] = message.split(',');
  return what
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '_');
});

/** A span as people say it: `850 ms`, `40 s`, `12 min`, `3 h`. */
export function spanWords(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${Math.round(ms / 100) / 10} s`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
