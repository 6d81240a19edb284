import { appendFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TranscriptPage } from '../../src/domain/transcript.js';
import { Secrets } from '../../src/observe/redact.js';
import { TranscriptReader } from '../../src/observe/transcript-reader.js';
import { Transcripts } from '../../src/observe/transcripts.js';
import { aPlace } from '../helpers/processes.js';

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const FIRST = '2026-01-02T030406.000Z-run-1';
const SECOND = '2026-01-02T030407.000Z-run-2';

/** Transcripts with their reader; each session begins a second after the one before it. */
async function someTranscripts(secrets = new Secrets()) {
  const directory = join(await aPlace(), 'transcripts');
  let nowMs = START_MS;
  let runId = 0;
  const transcripts = new Transcripts({ directory, secrets, now: () => nowMs, onProblem: () => {} });
  const session = async (identifier: string, ...lines: readonly string[]): Promise<void> => {
    nowMs += 1_000;
    runId += 1;
    const transcript = transcripts.open(identifier, runId);
    for (const line of lines) transcript.write('received', line);
    transcript.close();
    await transcripts.close();
  };
  const reader = new TranscriptReader({ transcripts, secrets });
  const read = (
    page: { session?: string; after?: string | null; limit?: number } = {},
    identifier = 'MT-1',
  ) => reader.read(identifier, { session: null, after: null, limit: 100, ...page });
  return { directory, transcripts, session, reader, read };
}

function messages(page: TranscriptPage | null): unknown[] {
  return (page?.lines ?? []).map(({ message }) => message);
}

describe('the sessions of an issue', () => {
  test('are listed from the oldest on, by names that stay theirs', async () => {
    const { reader, session } = await someTranscripts();
    await session('MT-1', '{}');
    await session('MT-1', '{}');

    expect(reader.sessions('MT-1').map(({ label }) => label)).toEqual([FIRST, SECOND]);
    expect(reader.sessions('MT-1')[0]?.path).toContain(`${FIRST}.jsonl`);
    expect(reader.sessions('MT-2')).toEqual([]);
  });

  test('are read by name, the latest unless named', async () => {
    const { read, session } = await someTranscripts();
    await session('MT-1', '{"run":1}');
    await session('MT-1', '{"run":2}');

    expect(await read()).toMatchObject({ session: { label: SECOND }, next: null });
    expect(messages(await read())).toEqual([{ run: 2 }]);
    expect(messages(await read({ session: 'latest' }))).toEqual([{ run: 2 }]);
    expect(messages(await read({ session: FIRST }))).toEqual([{ run: 1 }]);
  });

  test.each(['../../../etc/passwd', `../MT-2/${FIRST}`, `${FIRST}.jsonl`, ''])(
    'cannot be named by a path: %s',
    async (name) => {
      const { read, session } = await someTranscripts();
      await session('MT-1', '{}');

      expect(await read({ session: name })).toBeNull();
      expect(await read({}, `../transcripts/MT-1`)).toBeNull();
    },
  );

  test('are none any more once their file has gone, or is something else', async () => {
    const { read, session, reader, directory } = await someTranscripts();
    await session('MT-1', '{}');
    await session('MT-1', '{}');
    const [first, second] = reader.sessions('MT-1');
    await writeFile(join(directory, 'elsewhere'), '{"private":true}\n');

    await rm(first?.path ?? '');
    await rm(second?.path ?? '');
    await symlink(join(directory, 'elsewhere'), second?.path ?? '');

    expect(await read({ session: FIRST })).toBeNull();
    expect(await read({ session: SECOND })).toBeNull();
  });
});

describe('a page', () => {
  test('has the time, the direction and the message of each line', async () => {
    const { read, session } = await someTranscripts();
    await session('MT-1', '{"id":1}', 'no JSON', 'x'.repeat(300_000));

    const page = await read();

    const line = { atMs: START_MS + 1_000, direction: 'received' };
    expect(page?.lines.slice(0, 2)).toEqual([
      { ...line, message: { id: 1 } },
      { ...line, message: 'no JSON' },
    ]);
    expect(page?.lines[2]?.message).toMatch(/^x{262144}… \(300000 characters\)$/u);
  });

  test('goes on where the one before ended, to the last line', async () => {
    const { read, session } = await someTranscripts();
    await session(
      'MT-1',
      ...Array.from({ length: 25 }, (_, index) => JSON.stringify({ index, wide: 'ä€😀' })),
    );

    const seen: unknown[] = [];
    let pages = 0;
    for (let page = await read({ limit: 10 }); page !== null; pages += 1) {
      seen.push(...messages(page));
      if (page.next === null) break;
      page = await read({ limit: 10, after: page.next });
    }

    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => ({ index, wide: 'ä€😀' })));
    expect(pages).toBe(2);
  });

  test('stays with its session when a newer one begins', async () => {
    const { read, session } = await someTranscripts();
    await session('MT-1', '{"run":1}', '{"run":1,"line":2}');
    const { next = null } = (await read({ limit: 1 })) ?? {};

    await session('MT-1', '{"run":2}');

    expect(messages(await read({ after: next }))).toEqual([{ run: 1, line: 2 }]);
    expect(messages(await read({ session: SECOND, after: next }))).toEqual([{ run: 2 }]);
  });

  test('leaves out a last line that is still being written, and has it once it is whole', async () => {
    const { read, session, reader } = await someTranscripts();
    await session('MT-1', '{"line":1}');
    const file = reader.sessions('MT-1')[0]?.path ?? '';

    await appendFile(file, '{"at":"2026-01-02T03:04:06.000Z","direction":"sent","mess');
    expect(messages(await read())).toEqual([{ line: 1 }]);
    const full = await read({ limit: 1 });
    expect(messages(await read({ after: full?.next ?? null }))).toEqual([]);
    await appendFile(file, 'age":{"line":2}}\n');

    expect(messages(await read({ after: full?.next ?? null }))).toEqual([{ line: 2 }]);
    expect(messages(await read())).toEqual([{ line: 1 }, { line: 2 }]);
  });

  test('shows what is left of a line that is no JSON', async () => {
    const { read, session, reader } = await someTranscripts();
    await session('MT-1', '{"line":1}');
    await appendFile(reader.sessions('MT-1')[0]?.path ?? '', '{"at":"2026\n[1,2]\n');

    expect((await read())?.lines.slice(1)).toEqual([
      { atMs: null, direction: null, message: '{"at":"2026' },
      { atMs: null, direction: null, message: [1, 2] },
    ]);
  });

  test('reads a megabyte at the most, and passes over a line that is longer', async () => {
    const { read, session, reader } = await someTranscripts();
    await session('MT-1', '{"line":1}');
    const file = reader.sessions('MT-1')[0]?.path ?? '';
    await appendFile(file, `{"message":"${'x'.repeat(2_500_000)}"}\n{"message":{"line":3}}\n`);

    const seen: unknown[][] = [];
    let after: string | null = null;
    do {
      const page: TranscriptPage | null = await read({ after });
      seen.push(messages(page));
      after = page?.next ?? null;
    } while (after !== null);

    expect(seen.flat()).toEqual([{ line: 1 }, 'a line of more than a megabyte is left out', { line: 3 }]);
    expect(seen.length).toBeGreaterThan(3);
  });

  test('of a full transcript ends with the words that say so', async () => {
    const directory = join(await aPlace(), 't');
    const secrets = new Secrets();
    const limits = { fileBytes: 300 };
    const transcripts = new Transcripts({
      directory,
      secrets,
      now: () => START_MS,
      onProblem: () => {},
      limits,
    });
    const transcript = transcripts.open('MT-1', 1);
    for (let line = 0; line < 10; line += 1) transcript.write('sent', `{"line":${line}}`);
    transcript.close();
    await transcripts.close();
    const reader = new TranscriptReader({ transcripts, secrets });

    const page = await reader.read('MT-1', { session: null, after: null, limit: 100 });

    expect(page?.lines.at(-1)).toEqual({
      atMs: START_MS,
      direction: null,
      message: 'the transcript is full at 300 bytes, the rest is left out',
    });
  });

  test.each(['garbage', '', `${FIRST}:`, `${FIRST}:-5`, `${FIRST}:1e3`, 'other-session:7'])(
    'begins at the beginning, or is none, after what no page has named: %j',
    async (after) => {
      const { read, session } = await someTranscripts();
      await session('MT-1', '{"line":1}');

      const page = await read({ after });

      expect(page === null || messages(page).length === 1).toBe(true);
    },
  );

  test('beyond the end of a file that was cut is empty, and within a line goes on with the next', async () => {
    const { read, session, reader } = await someTranscripts();
    await session('MT-1', '{"line":1}', '{"line":2}');
    expect(messages(await read({ after: `${FIRST}:5` }))).toEqual([{ line: 2 }]);

    await truncate(reader.sessions('MT-1')[0]?.path ?? '', 10);

    expect(await read({ after: `${FIRST}:200` })).toMatchObject({ lines: [], next: null });
  });

  test('hides secrets that became known after it was written', async () => {
    const secrets = new Secrets();
    const { read, session } = await someTranscripts(secrets);
    await session('MT-1', '{"token":"hunter2-secret"}', 'plain hunter2-secret');

    secrets.add(['hunter2-secret']);

    expect(messages(await read())).toEqual([{ token: '[redacted]' }, 'plain [redacted]']);
  });
});
