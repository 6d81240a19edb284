import type { JsonObject } from '../../domain/json.js';
import type { Clock } from '../../ports/clock.js';
import { objectOf, textOf } from './protocol.js';
import type { Rpc } from './rpc.js';

/** The real app-server needs milliseconds; whatever needs longer is ended from outside. */
const WIND_DOWN_LIMIT_MS = 1_000;
/** An agent that never ends its items must not fill the memory. */
const MOST_IDS = 1_000;

/** The commands of a session that have begun and not ended, also in the background and in earlier turns. */
export class RunningCommands {
  readonly #ids = new Set<string>();

  get some(): boolean {
    return this.#ids.size > 0;
  }

  note(method: string, params: JsonObject): void {
    if (method !== 'item/started' && method !== 'item/completed') return;
    const item = objectOf(params['item']);
    if (item['type'] !== 'commandExecution') return;
    const id = `${textOf(params, 'threadId') ?? ''} ${textOf(item, 'id') ?? ''}`;
    if (method === 'item/completed') this.#ids.delete(id);
    else if (this.#ids.size < MOST_IDS) this.#ids.add(id);
  }
}

/** What has to be ended by the agent itself before its process is. */
export interface Unfinished {
  readonly rpc: Rpc;
  readonly clock: Clock;
  readonly threadId: string;
  /** Settles when the interruption of the turn, if there was one, is answered. */
  readonly interrupted: Promise<void>;
  /** Whether commands may be running, or left in the background. */
  readonly mayRunCommands: boolean;
}

/**
 * Lets the agent end its turn and the commands that outlive an interruption (they become background terminals), so that
 * its record of the thread is whole and the last tokens are counted. Bounded and never failing: a server that does not
 * know the method, or answers nothing, has its processes ended all the same.
 */
export async function windDown(unfinished: Unfinished): Promise<void> {
  const { rpc, clock, threadId, interrupted, mayRunCommands } = unfinished;
  const done = interrupted.then(async () => {
    if (!mayRunCommands) return;
    await new Promise<void>((resolve) => {
      rpc.send('thread/backgroundTerminals/clean', { threadId }, () => resolve());
    });
  });
  let cancel = (): void => {};
  const limit = new Promise<void>((resolve) => {
    cancel = clock.wakeAt(clock.nowMs() + WIND_DOWN_LIMIT_MS, resolve);
  });
  await Promise.race([done, limit]);
  cancel();
}
