import { spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SymphonyError } from '../../src/domain/error.js';
import { createLogger, issueContext, type LoggerOptions } from '../../src/observe/logger.js';
import { Secrets } from '../../src/observe/redact.js';

class TestConsole extends EventEmitter {
  isTTY = false;
  text = '';

  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

function aLogsRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'symphony-log-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

function aLogger(options: Partial<LoggerOptions> = {}) {
  const stream = new TestConsole();
  const logger = createLogger({
    logsRoot: null,
    console: 'pretty',
    secrets: new Secrets(),
    stream,
    ...options,
  });
  onTestFinished(() => logger.close());
  return { logger, stream };
}

function logged(root: string): Record<string, unknown>[] {
  const text = readFileSync(join(root, 'log', 'symphony.log'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const CONTEXT = issueContext({ id: 'abc123', identifier: 'MT-1' }, 'thread-1-turn-1');

describe('structured logging', () => {
  test('includes issue and session context fields', () => {
    const logsRoot = aLogsRoot();
    const { logger } = aLogger({ logsRoot });

    logger.with(CONTEXT).info('session completed', { turn: 3 });
    logger.close();

    expect(logged(logsRoot)).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/u),
        issue_id: 'abc123',
        issue_identifier: 'MT-1',
        session_id: 'thread-1-turn-1',
        turn: 3,
        message: 'session completed',
      },
    ]);
  });

  test('leaves the session out of lines about an issue without one', () => {
    expect(issueContext({ id: 'abc123', identifier: 'MT-1' }, null)).toEqual({
      issue_id: 'abc123',
      issue_identifier: 'MT-1',
    });
  });

  test('keeps the code and message of an expected failure and the stack of a bug', () => {
    const logsRoot = aLogsRoot();
    const { logger } = aLogger({ logsRoot });

    logger.error('poll failed', { error: new SymphonyError('tracker_status', 'Linear answered 503.') });
    logger.error('bug', { error: new Error('oops') });
    logger.close();

    expect(logged(logsRoot).map((line) => line['error'])).toEqual([
      { code: 'tracker_status', message: 'Linear answered 503.' },
      { message: 'oops', stack: expect.stringContaining('logger.test') },
    ]);
  });

  test('cuts a payload that slipped into a field and keeps who it is about', () => {
    const { logger, stream } = aLogger({ console: 'json' });

    logger.info('odd', { ...CONTEXT, payload: 'x'.repeat(100_000) });

    expect(stream.text.length).toBeLessThan(10_000);
    expect(JSON.parse(stream.text)).toMatchObject({ message: 'odd', issue_identifier: 'MT-1', cut: true });
  });

  test('shows no secret in any sink, also inside nested fields and errors', () => {
    const logsRoot = aLogsRoot();
    const secrets = new Secrets(['hunter2-hunter2']);
    const { logger, stream } = aLogger({ logsRoot, secrets });

    logger.info('said hunter2-hunter2', {
      a: { b: ['hunter2-hunter2'] },
      error: new Error('hunter2-hunter2'),
    });
    secrets.add(['added-at-run-time']);
    logger.info('said added-at-run-time');
    logger.close();

    const everything = stream.text + readFileSync(join(logsRoot, 'log', 'symphony.log'), 'utf8');
    expect(everything).not.toMatch(/hunter2|added-at/u);
    expect(everything).toContain('[redacted]');
  });
});

describe('the console', () => {
  test('shows validation failures as plain readable lines without ANSI when it is no terminal', () => {
    const { logger, stream } = aLogger();

    logger.error('workflow invalid', { key: 'polling.interval_ms', reason: 'must be positive' });

    expect(stream.text).toMatch(
      /^\d\d:\d\d:\d\d ERROR workflow invalid key=polling.interval_ms reason="must be positive"\n$/u,
    );
  });

  test('colours the level on a terminal', () => {
    const { logger, stream } = aLogger();
    stream.isTTY = true;

    logger.error('workflow invalid');

    expect(stream.text).toContain('\u001b[31mERROR\u001b[0m');
  });

  test('lets no text move the cursor or fake a line', () => {
    const { logger, stream } = aLogger();

    logger.info('a\u001b[2J\nb', { title: 'x\r\n12:00:00 ERROR y\u009b2J\u202e' });

    expect(stream.text.split('\n')).toHaveLength(2);
    expect(stream.text.trimEnd()).toMatch(/^[\x20-\x7e]+$/u);
  });

  test('is silent while a dashboard owns the terminal, and speaks again afterwards', () => {
    const { logger, stream } = aLogger({ console: 'off' });

    logger.info('unseen');
    logger.setConsole('pretty');
    logger.info('seen');

    expect(stream.text).toMatch(/^\S+ INFO {2}seen\n$/u);
  });
});

describe('a failing sink', () => {
  test('does not crash the daemon when the log directory cannot be made, and is told once on the console', () => {
    const logsRoot = aLogsRoot();
    writeFileSync(join(logsRoot, 'log'), 'a file where the directory should be');
    const { logger, stream } = aLogger({ logsRoot, retryAfterMs: 0 });

    for (let line = 0; line < 5; line += 1) logger.info('x'.repeat(20_000));
    for (let line = 0; line < 5; line += 1) logger.info('y'.repeat(20_000));
    logger.close();

    expect(stream.text.match(/log file failed/gu)).toHaveLength(1);
    expect(stream.text).toContain('ENOTDIR');
  });

  test('is tried again, and the lines of the outage are kept', () => {
    const logsRoot = aLogsRoot();
    writeFileSync(join(logsRoot, 'log'), '');
    const { logger, stream } = aLogger({ logsRoot, retryAfterMs: 0 });

    logger.info('first', { filler: 'x'.repeat(30_000) });
    logger.info('second', { filler: 'x'.repeat(30_000) });
    logger.info('third', { filler: 'x'.repeat(30_000) });
    const told = stream.text.includes('log file failed');
    rmSync(join(logsRoot, 'log'));
    logger.close();

    expect(told).toBe(true);
    expect(logged(logsRoot).map((line) => line['message'])).toEqual([
      'first',
      'second',
      'third',
      'log file failed',
    ]);
  });

  test('tells a dashboard when the console is off', () => {
    const logsRoot = aLogsRoot();
    writeFileSync(join(logsRoot, 'log'), '');
    const told: string[] = [];
    const { logger } = aLogger({ logsRoot, console: 'off', onSinkFailure: (message) => told.push(message) });

    logger.info('line');
    logger.close();

    expect(told).toEqual([
      expect.stringMatching(/log[/]symphony.log cannot be written \(ENOTDIR.*permissions/u),
    ]);
  });

  test('warns on standard error when the console is off and nobody listens', () => {
    const logsRoot = aLogsRoot();
    writeFileSync(join(logsRoot, 'log'), '');
    const { logger, stream } = aLogger({ logsRoot, console: 'off' });

    logger.info('line');
    logger.close();

    expect(stream.text).toContain('cannot be written');
  });

  test('writes on in a new file when the directory was removed under it', () => {
    const logsRoot = aLogsRoot();
    const { logger } = aLogger({ logsRoot });
    logger.info('a', { filler: 'x'.repeat(30_000) });
    logger.info('b', { filler: 'x'.repeat(30_000) });
    logger.info('c', { filler: 'x'.repeat(30_000) });
    rmSync(join(logsRoot, 'log'), { recursive: true });

    logger.info('after');
    logger.close();

    expect(logged(logsRoot).map((line) => line['message'])).toEqual(['after']);
  });

  test('of the console is told once in the file', () => {
    const logsRoot = aLogsRoot();
    const { logger, stream } = aLogger({ logsRoot });

    stream.emit('error', new Error('EPIPE'));
    stream.emit('error', new Error('EPIPE'));
    logger.info('on it goes');
    logger.close();

    expect(stream.text).toBe('');
    expect(logged(logsRoot).map((line) => line['message'])).toEqual(['console log failed', 'on it goes']);
  });

  test('that refuses writing gives no exception', (context) => {
    if (process.getuid?.() === 0) context.skip('because root may write anywhere');
    const logsRoot = aLogsRoot();
    mkdirSync(join(logsRoot, 'log'));
    chmodSync(join(logsRoot, 'log'), 0o500);
    const { logger, stream } = aLogger({ logsRoot });

    logger.info('line');
    logger.close();

    expect(stream.text).toContain('EACCES');
  });
});

describe('the log file', () => {
  test('is rotated at ten MiB and five files are kept', () => {
    const logsRoot = aLogsRoot();
    const { logger } = aLogger({ logsRoot, console: 'off' });
    const filler = 'x'.repeat(30_000);

    for (let line = 0; line < 2_200; line += 1) logger.info('line', { line, filler });
    logger.close();

    const names = readdirSync(join(logsRoot, 'log')).sort();
    const sizes = names.map((name) => statSync(join(logsRoot, 'log', name)).size);
    expect(names).toEqual([
      'symphony.log',
      'symphony.log.1',
      'symphony.log.2',
      'symphony.log.3',
      'symphony.log.4',
    ]);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10 * 1024 * 1024);
    expect(logged(logsRoot).at(-1)).toMatchObject({ line: 2_199 });
  });

  test('goes on with the file of the last start', () => {
    const logsRoot = aLogsRoot();
    for (const message of ['first start', 'second start']) {
      const { logger } = aLogger({ logsRoot });
      logger.info(message);
      logger.close();
    }

    expect(logged(logsRoot).map((line) => line['message'])).toEqual(['first start', 'second start']);
  });

  test('has the last lines of a process that dies of an exception', () => {
    const logsRoot = aLogsRoot();
    const program = `
      import { createLogger } from './src/observe/logger.ts';
      import { Secrets } from './src/observe/redact.ts';
      const logger = createLogger({ logsRoot: ${JSON.stringify(logsRoot)}, console: 'off', secrets: new Secrets() });
      logger.info('the last words');
      setImmediate(() => { throw new Error('crash'); });
    `;

    const { status } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', program],
      {
        encoding: 'utf8',
      },
    );

    expect(status).toBe(1);
    expect(logged(logsRoot).map((line) => line['message'])).toEqual(['the last words']);
  });
});
