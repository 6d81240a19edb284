import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secrets } from '../../src/observe/redact.js';
import { type TranscriptLimits, Transcripts } from '../../src/observe/transcripts.js';
import { until } from '../helpers/board-daemon.js';
import { aPlace } from '../helpers/processes.js';

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Transcripts in a directory; each session begins a second after the one before it. */
function transcriptsIn(
  directory: string,
  { limits, secrets }: { limits?: Partial<TranscriptLimits>; secrets?: Secrets } = {},
) {
  let nowMs = START_MS;
  const problems: string[] = [];
  const transcripts = new Transcripts({
    directory,
    secrets: secrets ?? new Secrets(),
    now: () => nowMs,
    onProblem: (message) => problems.push(message),
    ...(limits === undefined ? {} : { limits }),
  });
  const open = (identifier: string, runId = 1) => {
    nowMs += 1_000;
    return transcripts.open(identifier, runId);
  };
  /** A whole session. */
  const session = (identifier: string, ...lines: readonly string[]): void => {
    const transcript = open(identifier);
    for (const line of lines) transcript.write('received', line);
    transcript.close();
  };
  return { transcripts, problems, open, session };
}

async function linesOf(path: string | undefined): Promise<Record<string, unknown>[]> {
  const text = await readFile(path ?? '', 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('transcripts whose directory was removed', () => {
  test('go on in new files that say so, for nobody but the owner, and the lost ones are named no more', async () => {
    const directory = join(await aPlace(), 'transcripts');
    const { transcripts, open, session, problems } = transcriptsIn(directory);
    session('MT-1', '{"n":0}');
    const running = open('MT-1', 2);
    running.write('sent', '{"n":1}');
    await until('both files', () => transcripts.logs('MT-1').length === 2);
    // Once what earlier daemons left has been looked for: that may still be under way.
    await transcripts.restore();
    await rm(directory, { recursive: true });

    await transcripts.restore();
    running.write('received', '{"n":2}');
    open('MT-2').write('sent', '{"n":3}');
    await transcripts.close();

    const [log, ...others] = transcripts.logs('MT-1');
    expect(await linesOf(log?.path)).toMatchObject([
      { note: expect.stringContaining('removed') },
      { direction: 'received', message: { n: 2 } },
    ]);
    expect(others).toEqual([]);
    expect(await linesOf(transcripts.logs('MT-2')[0]?.path)).toMatchObject([{ message: { n: 3 } }]);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(log?.path ?? '')).mode & 0o777).toBe(0o600);
    expect(problems).toEqual([]);
  });

  test('stay as they are when they were not', async () => {
    const { transcripts, open, session } = transcriptsIn(join(await aPlace(), 't'));
    session('MT-1', '{"n":0}');
    const running = open('MT-1', 2);
    running.write('sent', '{"n":1}');

    await transcripts.restore();
    running.write('sent', '{"n":2}');
    await transcripts.close();

    const logs = transcripts.logs('MT-1');
    expect(logs).toHaveLength(2);
    expect(await linesOf(logs[0]?.path)).toMatchObject([{ message: { n: 1 } }, { message: { n: 2 } }]);
  });
});

describe('a transcript', () => {
  test('holds what was sent and received as JSON lines, for nobody but the owner', async () => {
    const directory = join(await aPlace(), 'transcripts');
    const { transcripts, open, problems } = transcriptsIn(directory);

    const transcript = open('MT-1', 7);
    transcript.write('sent', '{"id":1,"method":"initialize"}\n');
    transcript.write('received', '{"id":1,"result":{"big":12345678901234567890}}');
    transcript.write('received', 'not JSON "at all"');
    await transcripts.close();

    const path = join(directory, 'MT-1', '2026-01-02T030406.000Z-run-7.jsonl');
    expect(await linesOf(path)).toEqual([
      { at: '2026-01-02T03:04:06.000Z', direction: 'sent', message: { id: 1, method: 'initialize' } },
      {
        at: '2026-01-02T03:04:06.000Z',
        direction: 'received',
        message: { id: 1, result: { big: expect.any(Number) } },
      },
      { at: '2026-01-02T03:04:06.000Z', direction: 'received', text: 'not JSON "at all"' },
    ]);
    expect(await readFile(path, 'utf8')).toContain('12345678901234567890');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(problems).toEqual([]);
  });

  test('shows no secret, whole, escaped, in what is no JSON, or where a long line is cut', async () => {
    const secret = 'lin_api_"very"secret';
    const { transcripts, open } = transcriptsIn(join(await aPlace(), 't'), {
      secrets: new Secrets([secret]),
    });

    const transcript = open('MT-1');
    transcript.write(
      'received',
      JSON.stringify({ params: { text: `a ${secret} b`, nested: JSON.stringify({ secret }) } }),
    );
    transcript.write('received', `plain ${secret}`);
    for (let cut = 0; cut < secret.length; cut += 1) {
      transcript.write('received', `${'x'.repeat(256 * 1024 - cut)}${secret}${'y'.repeat(100)}`);
    }
    transcript.close();
    await transcripts.close();

    const [log] = transcripts.logs('MT-1');
    const text = await readFile(log?.path ?? '', 'utf8');
    expect(text).not.toContain('lin_api');
    expect(text).toContain('a [redacted] b');
    expect(await linesOf(log?.path)).toHaveLength(2 + secret.length);
  });

  test('keeps of a very long line the start and its length', async () => {
    const { transcripts, session } = transcriptsIn(join(await aPlace(), 't'));

    session('MT-1', JSON.stringify({ text: 'x'.repeat(5_000_000) }));
    await transcripts.close();

    const [line] = await linesOf(transcripts.logs('MT-1')[0]?.path);
    expect(line).toMatchObject({ length: 5_000_011, text: expect.stringMatching(/^\{"text":"xxx/) });
    expect(String(line?.['text'])).toHaveLength(256 * 1024);
  });

  test('ends at its limit with a line that says so', async () => {
    const { transcripts, session } = transcriptsIn(join(await aPlace(), 't'), {
      limits: { fileBytes: 10_000 },
    });

    session('MT-1', ...Array.from({ length: 1_000 }, (_, index) => JSON.stringify({ index })));
    await transcripts.close();

    const path = transcripts.logs('MT-1')[0]?.path ?? '';
    const lines = await linesOf(path);
    expect(lines.at(-1)).toEqual({
      at: '2026-01-02T03:04:06.000Z',
      note: 'the transcript is full at 10000 bytes, the rest is left out',
    });
    expect(lines.at(-2)).toMatchObject({ message: { index: lines.length - 2 } });
    expect((await stat(path)).size).toBeLessThan(10_200);
  });

  test('takes lines for as long as it is open, in order, however they come', async () => {
    const { transcripts, open } = transcriptsIn(join(await aPlace(), 't'));

    const transcript = open('MT-1');
    for (let index = 0; index < 500; index += 1) {
      transcript.write('received', JSON.stringify({ index }));
      if (index % 50 === 0) await stat('.');
      if (index % 7 === 0) await Promise.resolve();
    }
    transcript.close();
    transcript.write('received', '{"late":true}');
    await transcripts.close();

    const lines = await linesOf(transcripts.logs('MT-1')[0]?.path);
    expect(lines.map(({ message }) => message)).toEqual(
      Array.from({ length: 500 }, (_, index) => ({ index })),
    );
  });
});

describe('the transcripts of an issue', () => {
  test('are listed from the newest on, with the open one', async () => {
    const directory = join(await aPlace(), 't');
    const { transcripts, session, open } = transcriptsIn(directory);

    session('MT-1', '{}');
    session('MT/2', '{}');
    session('MT-1', '{}');
    await transcripts.close();
    open('MT-1', 9).write('sent', '{}');
    await until('the file', () => transcripts.logs('MT-1').length === 3);

    expect(transcripts.logs('MT-1')).toEqual([
      { label: 'latest', path: join(directory, 'MT-1', '2026-01-02T030409.000Z-run-9.jsonl'), url: null },
      {
        label: '2026-01-02T030408.000Z-run-1',
        path: join(directory, 'MT-1', '2026-01-02T030408.000Z-run-1.jsonl'),
        url: null,
      },
      {
        label: '2026-01-02T030406.000Z-run-1',
        path: join(directory, 'MT-1', '2026-01-02T030406.000Z-run-1.jsonl'),
        url: null,
      },
    ]);
    expect(transcripts.logs('MT/2')[0]?.path).toContain(join(directory, 'MT_2--'));
    expect(transcripts.logs('MT-3')).toEqual([]);
    await transcripts.close();
  });

  test('are none for a session that said nothing', async () => {
    const directory = join(await aPlace(), 't');
    const { transcripts, open } = transcriptsIn(directory);

    open('MT-1').close();
    await transcripts.close();

    expect(transcripts.logs('MT-1')).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });

  test('are kept over a restart, the newest twenty of them', async () => {
    const directory = join(await aPlace(), 't');
    const first = transcriptsIn(directory);
    for (let run = 0; run < 30; run += 1) first.session('MT-1', '{}');
    await first.transcripts.close();

    const second = transcriptsIn(directory);
    await second.transcripts.close();

    expect(await readdir(join(directory, 'MT-1'))).toHaveLength(20);
    expect(second.transcripts.logs('MT-1')).toEqual(first.transcripts.logs('MT-1'));
    expect(second.transcripts.logs('MT-1').at(-1)?.label).toBe('2026-01-02T030416.000Z-run-1');
  });

  test('give way in the order of their beginning, whichever ends first', async () => {
    const directory = join(await aPlace(), 't');
    const { transcripts, open, session } = transcriptsIn(directory, { limits: { filesPerIssue: 2 } });
    const oldest = open('MT-1', 1);
    oldest.write('sent', '{}');
    for (let run = 2; run <= 3; run += 1) session('MT-1', '{}');
    await until('what has ended', () => transcripts.logs('MT-1').length === 3);
    oldest.close();
    await transcripts.close();

    expect(transcripts.logs('MT-1').map(({ label }) => label)).toEqual([
      'latest',
      '2026-01-02T030407.000Z-run-1',
    ]);
  });

  test('share a limit with those of all others: the oldest goes, never one that is written', async () => {
    const directory = join(await aPlace(), 't');
    const line = JSON.stringify('x'.repeat(900));
    const first = transcriptsIn(directory);
    for (const identifier of ['MT-1', 'MT-2', 'MT-3', 'MT-4']) first.session(identifier, line);
    await first.transcripts.close();

    const { transcripts, open } = transcriptsIn(directory, { limits: { totalBytes: 3_500 } });
    // By its time it is the oldest of all.
    open('MT-0').write('received', line);
    const left = await until('two kept beside the open one', async () => {
      const keys = (await readdir(directory)).sort();
      return keys.length === 3 && keys.includes('MT-0') && keys;
    });

    expect(left).toEqual(['MT-0', 'MT-3', 'MT-4']);
    expect(transcripts.logs('MT-2')).toEqual([]);
    expect(transcripts.logs('MT-4')).toHaveLength(1);
    await transcripts.close();
  });

  test('cost nothing but themselves when they cannot be written, which is told once per outage', async () => {
    const directory = join(await aPlace(), 't');
    const { transcripts, session, problems } = transcriptsIn(directory);
    await transcripts.close();
    await writeFile(join(directory, 'MT-1'), 'in the way');

    session('MT-1', '{}', '{}');
    session('MT-1', '{}');
    await transcripts.close();
    expect(problems).toEqual([expect.stringContaining(`transcripts cannot be kept in ${directory} (`)]);
    expect(transcripts.logs('MT-1')).toEqual([]);

    session('MT-2', '{}');
    await transcripts.close();
    session('MT-1', '{}');
    await transcripts.close();
    expect(problems).toHaveLength(2);
  });

  test('leave alone what is no transcript', async () => {
    const directory = join(await aPlace(), 't');
    await mkdir(join(directory, 'MT-1'), { recursive: true });
    await writeFile(join(directory, 'MT-1', 'notes.txt'), 'mine');
    const { transcripts, session } = transcriptsIn(directory, { limits: { filesPerIssue: 0 } });

    session('MT-1', '{}');
    await transcripts.close();

    expect(await readdir(join(directory, 'MT-1'))).toEqual(['notes.txt']);
  });
});
