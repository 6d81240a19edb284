import type { JsonObject } from '../../domain/json.js';
import { digestOf } from './digest.js';
import { objectOf, textOf } from './protocol.js';

/** Requests follow their item at once; more than these are never open. */
const KEPT_ITEMS = 50;
const SHOWN_PATHS = 20;

/** What a file change would do, as its item announced it. */
export interface AnnouncedChange {
  /** One entry a file, such as `change src/a.ts`; for people. */
  readonly files: readonly string[];
  /** Of all paths, kinds and diffs. */
  readonly sha256: string;
}

/** Remembers the file changes that items announce: the request to approve one names only its item. */
export class FileChanges {
  readonly #byItem = new Map<string, AnnouncedChange>();
  readonly #workspacePath: string;

  constructor(workspacePath: string) {
    this.#workspacePath = workspacePath;
  }

  note(method: string, params: JsonObject): void {
    if (method !== 'item/started') return;
    const item = objectOf(params['item']);
    const changes = item['changes'];
    if (item['type'] !== 'fileChange' || !Array.isArray(changes)) return;
    const files = changes.slice(0, SHOWN_PATHS).map((change) => this.#words(objectOf(change)));
    const more = changes.length > SHOWN_PATHS ? [`${changes.length - SHOWN_PATHS} more`] : [];
    const [oldest] = this.#byItem.keys();
    if (this.#byItem.size >= KEPT_ITEMS && oldest !== undefined) this.#byItem.delete(oldest);
    this.#byItem.set(keyOf(params, textOf(item, 'id')), {
      files: [...files, ...more],
      sha256: digestOf(changes),
    });
  }

  /** The change that a request asks for; null when its item has not announced it. */
  of(params: JsonObject): AnnouncedChange | null {
    return this.#byItem.get(keyOf(params, textOf(params, 'itemId'))) ?? null;
  }

  #words(change: JsonObject): string {
    const type = textOf(objectOf(change['kind']), 'type');
    const verb = type === 'add' || type === 'delete' ? type : 'change';
    const path = textOf(change, 'path') ?? 'a file';
    const root = `${this.#workspacePath}/`;
    return `${verb} ${path.startsWith(root) ? path.slice(root.length) : path}`;
  }
}

function keyOf(params: JsonObject, itemId: string | null): string {
  return `${textOf(params, 'threadId') ?? ''} ${itemId ?? ''}`;
}
