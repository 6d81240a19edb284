import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secrets } from '../../src/observe/redact.js';
import { TranscriptReader } from '../../src/observe/transcript-reader.js';
import { Transcripts } from '../../src/observe/transcripts.js';
import { until } from '../helpers/board-daemon.js';
import { aPlace } from '../helpers/processes.js';
import { VirtualClock } from '../helpers/virtual-clock.js';

// What an agent says is gathered for a moment, so that a thousand lines a second are not a thousand writes.

const MOMENT_MS = 250;
const GATHERED_BYTES = 16 * 1024;

async function aTalk(directory?: string) {
  const clock = new VirtualClock();
  const problems: string[] = [];
  const secrets = new Secrets();
  const place = directory ?? join(await aPlace(), 'transcripts');
  const transcripts = new Transcripts({
    directory: place,
    secrets,
    now: () => clock.wallMs(),
    wakeAfter: (ms, callback) => clock.wakeAt(clock.nowMs() + ms, callback),
    onProblem: (message) => problems.push(message),
  });
  const session = transcripts.open('MT-1', 1);
  const say = (...numbers: readonly number[]): void => {
    for (const number of numbers) session.write('received', `{"n":${number}}`);
  };
  /** What is in the file by now; a write that was begun would be over. */
  const written = async (): Promise<unknown[]> => {
    for (let round = 0; round < 20; round += 1) await stat('.');
    const [log] = transcripts.logs('MT-1');
    const text = log === undefined ? '' : await readFile(log.path, 'utf8');
    // The last one may be in the middle of being written.
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).message?.n ?? JSON.parse(line).note);
  };
  /** Until its file is there: the first line never waits. */
  const begun = async (): Promise<void> => {
    say(0);
    await until('the first line', async () => (await written()).length === 1);
  };
  const reader = new TranscriptReader({ transcripts, secrets });
  const read = async (): Promise<unknown[]> => {
    const page = await reader.read('MT-1', { session: null, after: null, limit: 100 });
    return (page?.lines ?? []).map(({ message }) => Object(message).n);
  };
  return { clock, directory: place, problems, transcripts, session, say, written, begun, read };
}

describe('lines of a transcript', () => {
  test('wait for one another, a quarter of a second from the first that waits and no longer', async () => {
    const { clock, say, written, begun, transcripts } = await aTalk();
    await begun();

    say(1);
    await clock.advance(MOMENT_MS - 50);
    say(2);
    expect(await written()).toEqual([0]);
    await clock.advance(50);
    say(3);
    expect(await until('a write', async () => (await written()).length > 1 && written())).toEqual([0, 1, 2]);
    await clock.advance(MOMENT_MS);
    expect(await until('a write', async () => (await written()).length > 3 && written())).toEqual([
      0, 1, 2, 3,
    ]);
    await transcripts.close();
  });

  test('are in the file as soon as their session has ended', async () => {
    const { clock, say, written, begun, session } = await aTalk();
    await begun();

    say(1, 2, 3);
    session.close();

    expect(await until('the rest', async () => (await written()).length === 4 && written())).toEqual([
      0, 1, 2, 3,
    ]);
    expect(clock.pending).toBe(0);
  });

  test('are in the file when the daemon has closed its transcripts', async () => {
    const { clock, say, written, begun, transcripts } = await aTalk();
    await begun();

    say(1, 2, 3);
    await transcripts.close();

    expect(await written()).toEqual([0, 1, 2, 3]);
    expect(clock.pending).toBe(0);
  });

  test('are all shown to who reads them, however lately they were said', async () => {
    const { say, begun, read, transcripts } = await aTalk();
    await begun();

    say(1, 2);
    expect(await read()).toEqual([0, 1, 2]);
    say(3);
    expect(await read()).toEqual([0, 1, 2, 3]);
    await transcripts.close();
  });

  test('do not wait when they are many', async () => {
    const { clock, written, begun, session, transcripts } = await aTalk();
    await begun();

    for (let n = 1; n <= 20; n += 1) {
      session.write('received', JSON.stringify({ n, text: 'x'.repeat(GATHERED_BYTES / 20) }));
    }

    await until('a write', async () => (await written()).length >= 20);
    expect(clock.nowMs()).toBe(0);
    await transcripts.close();
    expect(await written()).toEqual(Array.from({ length: 21 }, (_, index) => index));
  });

  test('that wait while their file is removed are in the one that follows it', async () => {
    const { directory, say, written, begun, transcripts } = await aTalk();
    await begun();

    say(1, 2);
    // Once what earlier daemons left has been looked for: that may still be under way.
    await transcripts.restore();
    await rm(directory, { recursive: true });
    await transcripts.restore();

    expect(await written()).toEqual([expect.stringContaining('earlier lines were removed'), 1, 2]);
    say(3);
    await transcripts.close();
    expect((await written()).slice(1)).toEqual([1, 2, 3]);
  });

  test('are not gathered for a file that cannot be written', async () => {
    const directory = join(await aPlace(), 'transcripts');
    await mkdir(directory);
    await writeFile(join(directory, 'MT-1'), 'in the way');
    const { clock, say, problems, transcripts } = await aTalk(directory);

    say(0);
    await until('the problem', () => problems.length > 0);
    say(1, 2);

    expect(clock.pending).toBe(0);
    await transcripts.close();
    expect(problems).toHaveLength(1);
    expect(transcripts.logs('MT-1')).toEqual([]);
  });
});
