import { join } from 'node:path';
import { type Logger as Pino, pino } from 'pino';
import { errorMessage, SymphonyError } from '../domain/error.js';
import { consoleLine } from './console-line.js';
import type { Secrets } from './redact.js';
import { type FileChange, RotatingFile } from './rotating-file.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Values that belong to a log line; snake_case names. An Error under `error` keeps its code and message. */
export type LogFields = { readonly [name: string]: unknown };

/** Where log lines go. Messages are constant phrases with their outcome, values are fields (SPEC 13.1). */
export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same logger with fields that every line carries. */
  with(fields: LogFields): Logger;
}

/** What the console shows; `off` while a dashboard owns the terminal. */
export type ConsoleMode = 'json' | 'pretty' | 'off';

/** The daemon's logger and its sinks. */
export interface OwnedLogger extends Logger {
  /** Changes what the console shows, as when a dashboard starts or ends. */
  setConsole(mode: ConsoleMode): void;
  /** Writes what is buffered and ends the sinks; later lines reach the console only. */
  close(): void;
}

/** How the logger is set up. */
export interface LoggerOptions {
  /** Below it the log is written and rotated, five files of 10 MiB; null writes none. */
  readonly logsRoot: string | null;
  readonly console: ConsoleMode;
  readonly secrets: Secrets;
  readonly level?: LogLevel;
  /** Standard error unless given. */
  readonly stream?: ConsoleStream;
  /** Told when the log file fails, for an operator who looks at a dashboard and not at the console. */
  readonly onSinkFailure?: (message: string) => void;
  readonly retryAfterMs?: number;
}

/** As much of a stream as the console needs. */
export interface ConsoleStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/** The file that is written below a root of logs. */
export function logPath(logsRoot: string): string {
  return join(logsRoot, 'log', 'symphony.log');
}

/** The fields each line about an issue carries, with the session when it is about one (SPEC 13.1). */
export function issueContext(
  issue: { id: string; identifier: string },
  sessionId?: string | null,
): { readonly issue_id: string; readonly issue_identifier: string; readonly session_id?: string } {
  const context = { issue_id: issue.id, issue_identifier: issue.identifier };
  return sessionId === undefined || sessionId === null ? context : { ...context, session_id: sessionId };
}

/** Opens the daemon's log. Never throws, now or later: a sink that fails is told once on the one that remains. */
export function createLogger(options: LoggerOptions): OwnedLogger {
  const sinks = new Sinks(options);
  const root = pino(
    {
      level: options.level ?? 'info',
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: errorField },
    },
    sinks,
  );
  sinks.tell = (level, message, fields) => root[level](fields, message);
  return {
    ...wrap(root),
    setConsole: (mode) => sinks.setConsole(mode),
    close: () => sinks.close(),
  };
}

const MAX_LINE_LENGTH = 32 * 1024;

/** pino's destination: redacts each line once, then hands it to the file and the console. */
class Sinks {
  tell: (level: LogLevel, message: string, fields: LogFields) => void = () => {};
  readonly #secrets: Secrets;
  readonly #stream: ConsoleStream;
  readonly #file: RotatingFile | null;
  readonly #path: string;
  readonly #onSinkFailure: ((message: string) => void) | null;
  #mode: ConsoleMode;
  #consoleBroken = false;
  #closed = false;

  constructor(options: LoggerOptions) {
    this.#secrets = options.secrets;
    this.#mode = options.console;
    this.#stream = options.stream ?? process.stderr;
    this.#onSinkFailure = options.onSinkFailure ?? null;
    this.#path = logPath(options.logsRoot ?? '.');
    this.#file =
      options.logsRoot === null
        ? null
        : new RotatingFile({
            path: this.#path,
            onChange: (change) => this.#fileChanged(change),
            ...(options.retryAfterMs === undefined ? {} : { retryAfterMs: options.retryAfterMs }),
          });
    this.#stream.on('error', this.#consoleFailed);
    process.on('exit', this.#flush);
  }

  write(json: string): void {
    const line = bounded(this.#secrets.redactJson(json));
    if (!this.#closed) this.#file?.write(line);
    this.#print(line);
  }

  setConsole(mode: ConsoleMode): void {
    this.#mode = mode;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file?.close();
    process.off('exit', this.#flush);
    this.#stream.off('error', this.#consoleFailed);
  }

  /** Also runs while the process dies of an exception: the lines that explain it are in the buffer. */
  readonly #flush = (): void => this.#file?.close();

  readonly #consoleFailed = (error: Error): void => {
    if (this.#consoleBroken) return;
    // A broken pipe does not mend; what cannot be shown is in the file.
    this.#consoleBroken = true;
    this.tell('warn', 'console log failed', { reason: error.message });
  };

  #print(line: string): void {
    if (this.#mode === 'off' || this.#consoleBroken) return;
    const text = this.#mode === 'json' ? line : readable(line, this.#stream.isTTY === true);
    try {
      this.#stream.write(text);
    } catch (error) {
      this.#consoleFailed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #fileChanged(change: FileChange): void {
    if (change.kind === 'recovered') {
      this.tell('warn', 'log file recovered', { path: this.#path, lost_lines: change.lostLines });
      return;
    }
    const reason = errorMessage(change.error);
    const message = `The log file ${this.#path} cannot be written (${reason}). Make room or mend its permissions; it is tried again every ten seconds.`;
    this.tell('warn', 'log file failed', { path: this.#path, reason });
    this.#onSinkFailure?.(this.#secrets.redact(message));
    // With the console off and nobody to tell, standard error is the sink that remains.
    if (this.#mode === 'off' && this.#onSinkFailure === null && !this.#consoleBroken) {
      this.#stream.write(`${this.#secrets.redact(message)}\n`);
    }
  }
}

function wrap(log: Pino): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void =>
      log[level](fields, message);
  return {
    log: (level, message, fields = {}) => log[level](fields, message),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => wrap(log.child(fields)),
  };
}

/** An expected failure is its code and message; a bug keeps its stack. */
function errorField(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const cause = error.cause === undefined ? {} : { cause: errorMessage(error.cause) };
  if (error instanceof SymphonyError) return { code: error.code, message: error.message, ...cause };
  return { message: error.message, stack: error.stack, ...cause };
}

interface LineParts {
  readonly level: LogLevel;
  readonly time: string;
  readonly message?: string;
  readonly [field: string]: unknown;
}

function readable(line: string, coloured: boolean): string {
  const { level, time, message = '', ...fields }: LineParts = JSON.parse(line);
  return consoleLine({ level, time, message, fields }, coloured);
}

/** Keeps a payload that slipped into a field from filling the log; its head and identity stay. */
function bounded(line: string): string {
  if (line.length <= MAX_LINE_LENGTH) return line;
  const { level, time, message, issue_id, issue_identifier, session_id }: LineParts = JSON.parse(line);
  const excerpt = line.slice(0, MAX_LINE_LENGTH / 8);
  const kept = { level, time, message, issue_id, issue_identifier, session_id, cut: true, excerpt };
  return `${JSON.stringify(kept)}\n`;
}
