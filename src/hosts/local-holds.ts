import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, ownIdentity } from '../files/living-process.js';
import { type Lock, lastHolder, takeLock } from '../files/lock.js';
import { makeDirectory } from '../files/make-directory.js';
import type { Holder } from '../ports/host.js';
import { holdLine, holdStem, holdText, successorPath } from './hold-files.js';
import { ProcessTable } from './process-table.js';

/** Supervisors end what a dead daemon left within two or three seconds. */
const LEFT_LIMIT_MS = 5_000;
const LOOK_AGAIN_MS = 50;

/** The holds on this machine; the daemon's own process stands for it. */
export class LocalHolds {
  readonly #identity = ownIdentity();
  /** For each dead daemon whether it left something that still runs; asked again until it did not. */
  readonly #left = new Map<string, Promise<boolean>>();

  /** What `Host.hold` does; fails as the file system does. */
  async take(target: string, { id, note }: Holder): Promise<string | null> {
    const { pid, startedAt } = this.#identity;
    const mine = holdLine({ id, pid, startedAt: startedAt ?? '-', note });
    const stem = holdStem(target);
    const lock: Lock = {
      path: target,
      mine,
      candidate: `${stem}.${id}`,
      successorOf: (held) => successorPath(stem, held),
      isTaken: (held) => this.#isTaken(held, id),
    };
    if ((await lastHolder(lock)) === mine) return null;
    await makeDirectory(path.dirname(target));
    const holder = await takeLock(lock);
    return holder === null ? null : holdText(holder).note;
  }

  /** What `Host.letGo` does. */
  async letGo(target: string, { id }: Holder): Promise<void> {
    const stem = holdStem(target);
    const held = await lastHolder({ path: target, successorOf: (line) => successorPath(stem, line) });
    if (held !== null && holdText(held).id === id) await rm(target, { force: true });
  }

  async #isTaken(held: string, own: string): Promise<boolean> {
    const { id, pid, startedAt } = holdText(held);
    if (id === own) return false;
    if (isAlive({ pid, startedAt: startedAt === '-' ? null : startedAt })) return true;
    const left = this.#left.get(id) ?? hasLeftSomething(id);
    this.#left.set(id, left);
    if (!(await left)) return false;
    this.#left.delete(id);
    return true;
  }
}

/** Whether supervisors do not come to an end with what a daemon left when it died. */
async function hasLeftSomething(id: string): Promise<boolean> {
  if (id === '') return false;
  const processes = new ProcessTable('/proc', new AbortController().signal);
  for (const fromMs = performance.now(); await processes.haveArgument(`${id}-`); await sleep(LOOK_AGAIN_MS))
    if (performance.now() - fromMs > LEFT_LIMIT_MS) return true;
  return false;
}
