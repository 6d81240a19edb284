import type { LogLevel } from './logger.js';

/** A log line as a terminal shows it. */
export interface ConsoleLine {
  readonly level: LogLevel;
  readonly time: string;
  readonly message: string;
  readonly fields: { readonly [name: string]: unknown };
}

const COLOURS: { readonly [level in LogLevel]: string } = {
  debug: '\u001b[2m',
  info: '',
  warn: '\u001b[33m',
  error: '\u001b[31m',
};
const RESET = '\u001b[0m';
const MAX_VALUE_LENGTH = 300;

/**
 * One readable line in stable `key=value` phrasing (SPEC 13.1): `12:00:01 WARN  retrying issue_id=… attempt=2`.
 *
 * Texts come from trackers and agents, so control bytes are shown as escapes and can neither move the cursor nor fake
 * a second line.
 */
export function consoleLine({ level, time, message, fields }: ConsoleLine, coloured: boolean): string {
  const pairs = Object.entries(fields).map(([name, value]) => ` ${printable(name)}=${valueText(value)}`);
  const label = level.toUpperCase().padEnd(5);
  const colour = coloured ? COLOURS[level] : '';
  const head = colour === '' ? label : `${colour}${label}${RESET}`;
  return `${time.slice(11, 19)} ${head} ${printable(message)}${pairs.join('')}\n`;
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const short = text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text;
  if (typeof value !== 'string') return printable(short);
  return /^[^\s"=]+$/u.test(short) ? printable(short) : printable(JSON.stringify(short));
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
