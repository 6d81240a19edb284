import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { errorMessage } from '../domain/error.js';
import type { Clock } from '../ports/clock.js';

/** How often the time is written down; a process that is killed loses at most this much of it. */
const SAVE_EVERY_MS = 60_000;

const Saved = z.object({ atMs: z.number().int().nonnegative(), wallMs: z.number().int() });
type Saved = z.infer<typeof Saved>;

/** A monotonic clock that goes on where the last process left it (C8). */
export interface DurableClock {
  readonly clock: Clock;
  /** Writes the time down now, as when what was written is gone. */
  save(): Promise<void>;
  /** Writes the time down a last time and ends the timer. */
  close(): Promise<void>;
}

/**
 * Continues the clock of a state directory: what the last process wrote down, and the time since by the wall clock, so that
 * `nowMs` is never less than it has been. Where the wall clock went back behind what was written, a whole interval is added;
 * where it was set back by less than the time between, `nowMs` may be up to that interval less.
 */
export async function openDurableClock(
  directory: string,
  machine: Clock,
  onFailure: (message: string) => void,
): Promise<DurableClock> {
  const file = path.join(directory, 'clock.json');
  const saved = await readSaved(file, onFailure);
  const offsetMs = saved === null ? 0 : continuedAtMs(saved, machine.wallMs()) - machine.nowMs();
  const clock: Clock = {
    nowMs: () => machine.nowMs() + offsetMs,
    wallMs: () => machine.wallMs(),
    wakeAt: (atMs, callback) => machine.wakeAt(atMs - offsetMs, callback),
  };
  let saving = Promise.resolve();
  const save = (): Promise<void> => {
    saving = saving.then(() => write(file, clock)).catch((error: unknown) => onFailure(failed(file, error)));
    return saving;
  };
  let cancel = (): void => {};
  const arm = (): void => {
    cancel = clock.wakeAt(clock.nowMs() + SAVE_EVERY_MS, () => {
      void save();
      arm();
    });
  };
  await save();
  arm();
  return {
    clock,
    save,
    close: () => {
      cancel();
      return save();
    },
  };
}

function continuedAtMs({ atMs, wallMs }: Saved, nowWallMs: number): number {
  const awayMs = nowWallMs - wallMs;
  return atMs + (awayMs > 0 ? awayMs : SAVE_EVERY_MS);
}

async function readSaved(file: string, onFailure: (message: string) => void): Promise<Saved | null> {
  try {
    return Saved.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      onFailure(failed(file, error));
    return null;
  }
}

/** In one step, so that a crash leaves the old time or the new one. */
async function write(file: string, clock: Clock): Promise<void> {
  const time: Saved = { atMs: Math.floor(clock.nowMs()), wallMs: Math.floor(clock.wallMs()) };
  await writeFile(`${file}.new`, JSON.stringify(time));
  await rename(`${file}.new`, file);
}

function failed(file: string, error: unknown): string {
  return `the clock in ${file} cannot be kept: ${errorMessage(error)}`;
}
