import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage, SymphonyError } from '../../domain/error.js';
import { isTerminal } from '../../domain/routing.js';
import { makeDirectory } from '../../files/make-directory.js';
import type { ReportProblem } from '../../ports/tracker.js';
import { type BoardFiles, folderFailed, writeAtomically } from './board-files.js';
import { type BoardFile, BoardFolder, decodeText } from './board-folder.js';

/** What seeding a board needs. */
export interface SeedParts {
  readonly folder: string;
  readonly seed: string;
  readonly files: BoardFiles;
  readonly terminalStates: readonly string[];
  readonly reportProblem: ReportProblem;
  readonly notice: (message: string) => void;
}

const ARCHIVE = '.archive';
const SEED_FILE_MODE = 0o644;

/**
 * Lays the seed's issues on the board where it lacks them. Once all of them are finished, they are first set aside in the
 * board's archive, so that the next start has work again. Other files of the board are left alone.
 * @throws SymphonyError `invalid_tracker_config` when the seed cannot be read, `tracker_request` when the board cannot
 */
export async function seedBoard(parts: SeedParts): Promise<void> {
  const seeds = await readSeeds(parts);
  const ids = new Set(seeds.map(({ id }) => id));
  const board = new BoardFolder(parts.folder, parts.files);
  const files = await board.scan(new AbortController().signal);
  const present = files.filter((file) => ids.has(board.lastHeldBy(file)));
  try {
    const isFinished = present.length > 0 && present.every((file) => isDone(file, parts.terminalStates));
    if (isFinished) await archive(present, parts);
    const held = new Set(isFinished ? [] : present.map((file) => board.lastHeldBy(file)));
    await lay(
      seeds.filter(({ id }) => !held.has(id)),
      parts,
    );
  } catch (error) {
    throw folderFailed(parts.folder, 'seeded', error);
  }
}

interface Seed {
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

async function readSeeds({ seed, files, reportProblem }: SeedParts): Promise<readonly Seed[]> {
  try {
    const found = await new BoardFolder(seed, files).scan(new AbortController().signal);
    const seeds = new Map<string, Seed>();
    const skip = (reason: string) =>
      reportProblem({ code: 'tracker_response', message: `the seed ${reason}; it is not laid` });
    for (const { name, reading } of found) {
      if (reading.kind === 'broken') {
        skip(reading.reason);
        continue;
      }
      const id = reading.record.identifier;
      const text = decodeText((await files.read(join(seed, name))) ?? Buffer.alloc(0));
      if (seeds.has(id)) skip(`${name} has the identifier ${id} of ${seeds.get(id)?.name}`);
      else if (text !== null) seeds.set(id, { id, name, text });
    }
    return [...seeds.values()];
  } catch (cause) {
    throw new SymphonyError(
      'invalid_tracker_config',
      `tracker.provider.seed, ${seed}, cannot be read: ${errorMessage(cause)}; correct the path or remove the key`,
      { cause },
    );
  }
}

function isDone({ reading }: BoardFile, terminalStates: readonly string[]): boolean {
  return reading.kind === 'record' && isTerminal(reading.record, { terminalStates });
}

async function archive(finished: readonly BoardFile[], { folder, notice }: SeedParts): Promise<void> {
  const shelves = join(folder, ARCHIVE);
  await makeDirectory(shelves);
  const taken = (await readdir(shelves)).map(Number).filter(Number.isSafeInteger);
  const shelf = String(Math.max(0, ...taken) + 1);
  await mkdir(join(shelves, shelf));
  for (const { name } of finished) await rename(join(folder, name), join(shelves, shelf, name));
  notice(`all ${finished.length} seeded issues were finished; they are kept in ${join(shelves, shelf)}`);
}

async function lay(seeds: readonly Seed[], { folder, files, notice }: SeedParts): Promise<void> {
  for (const { name, text } of seeds) {
    await writeAtomically(join(folder, await freeName(name, folder, files)), text, SEED_FILE_MODE);
  }
  if (seeds.length > 0) notice(`laid on the board: ${seeds.map(({ id }) => id).join(', ')}`);
}

/** The seed's own file name, or one with a number when an issue of somebody else has it. */
async function freeName(name: string, folder: string, files: BoardFiles): Promise<string> {
  const stem = name.replace(/\.md$/i, '');
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? name : `${stem}-${number}.md`;
    if ((await files.stamp(join(folder, free))) === null) return free;
  }
}
