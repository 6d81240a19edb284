import path from 'node:path/posix';
import { z } from 'zod';
import { SymphonyError } from '../domain/error.js';
import { LOCAL_HOST } from '../domain/settings.js';
import type { Holder, Host } from '../ports/host.js';
import { MARKS, type Place } from './containment.js';

/** A daemon as it tells others of itself. */
export interface DaemonIdentity {
  /** Others for each start; see `Holder`. */
  readonly id: string;
  readonly pid: number;
  /** The name of the machine it runs on. */
  readonly machine: string;
  readonly stateDirectory: string;
}

const Note = z.object({ pid: z.number(), machine: z.string(), state_directory: z.string() });

interface Held {
  readonly host: Host;
  readonly place: Place;
  readonly issueId: string;
}

/**
 * The workspaces that this daemon holds. Daemons may share a root, and two that work on the same issues, say with two
 * copies of a workflow, would have their agents fight in one directory. So each holds a workspace before anything is done
 * in it, and for as long as it has something in mind with its issue: also while that waits for a retry or an answer.
 *
 * The hold stands beside the mark, where no agent is allowed to write and none sees it in its repository.
 */
export class Holds {
  readonly #holder: Holder;
  readonly #held = new Map<string, Held>();
  readonly #giving = new Map<string, Promise<void>>();

  constructor({ id, pid, machine, stateDirectory }: DaemonIdentity) {
    this.#holder = { id, note: JSON.stringify({ pid, machine, state_directory: stateDirectory }) };
  }

  /** @throws SymphonyError `workspace_held` by another daemon, or the host's */
  async take(host: Host, place: Place, issueId: string): Promise<void> {
    const key = keyOf(host, place);
    await this.#giving.get(key);
    const other = await host.hold(holdPath(place), this.#holder);
    if (other !== null) throw heldError(host, place, other);
    this.#held.set(key, { host, place, issueId });
  }

  /** Lets other daemons have a workspace. */
  async giveUp(host: Host, place: Place): Promise<void> {
    const key = keyOf(host, place);
    if (!this.#held.delete(key)) return;
    const giving = letGo(host, place, this.#holder);
    this.#giving.set(key, giving);
    await giving;
    if (this.#giving.get(key) === giving) this.#giving.delete(key);
  }

  /** Gives up those whose issue is not in use. */
  giveUpUnused(isInUse: (issueId: string) => boolean): void {
    for (const { host, place, issueId } of this.#held.values())
      if (!isInUse(issueId)) void this.giveUp(host, place);
  }
}

/** Where the hold of a workspace is: no key is too long for it, as for its mark. */
function holdPath({ root, key }: Place): string {
  return path.join(root, MARKS, `${key}.hold`);
}

function keyOf(host: Host, place: Place): string {
  return `${host.name}:${place.path}`;
}

async function letGo(host: Host, place: Place, holder: Holder): Promise<void> {
  try {
    await host.letGo(holdPath(place), holder);
  } catch (error) {
    // It ends with this daemon all the same; until then others are told who has the workspace.
    if (!(error instanceof SymphonyError)) throw error;
  }
}

function heldError(host: Host, { key }: Place, note: string): SymphonyError {
  const where = host.name === LOCAL_HOST ? '' : ` on ${host.name}`;
  return new SymphonyError(
    'workspace_held',
    `workspace ${key}${where} is in use by another daemon${described(note)}: stop one of them, or give each its own ` +
      'workspace.root',
  );
}

function described(text: string): string {
  const note = Note.safeParse(parseJson(text));
  if (!note.success) return '';
  const { pid, machine, state_directory } = note.data;
  return ` (pid ${pid} on ${machine}, state directory ${state_directory})`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
