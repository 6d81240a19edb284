import path from 'node:path/posix';
import { SymphonyError } from '../domain/error.js';
import { workspaceKey } from '../domain/workspace-key.js';
import type { Host } from '../ports/host.js';

/** Marks of all workspaces of a root live here; no issue can have this key, in no spelling: file systems may ignore case. */
export const MARKS = '.symphony';

/**
 * File systems take names of 255 bytes; the name of the mark is the key and `.json`. A longer key is refused and not
 * shortened: hooks and people find an issue's directory by its identifier (SPEC 4.2).
 */
const MAX_KEY_BYTES = 250;

/** A workspace as a place: its physical root, its key, and their join. Every path below comes from here. */
export interface Place {
  readonly root: string;
  readonly key: string;
  readonly path: string;
}

/**
 * The place of an issue's workspace (SPEC 9.1, 9.5). The root may be a link, the workspace itself may not: it could
 * lead outside the root, or to another issue's workspace.
 * @throws SymphonyError `invalid_workspace_key` or `workspace_outside_root`
 */
export async function placeOf(host: Host, root: string, identifier: string): Promise<Place> {
  return checkedPlace(host, await host.physicalPath(root), requireKey(workspaceKey(identifier)));
}

/**
 * The place that an earlier run recorded; it is where the workspace is, also when the configured root has changed.
 * @throws SymphonyError as `placeOf`
 */
export async function placeAt(host: Host, recorded: string): Promise<Place> {
  if (!path.isAbsolute(recorded)) throw outsideRoot(recorded);
  return checkedPlace(
    host,
    await host.physicalPath(path.dirname(recorded)),
    requireKey(path.basename(recorded)),
  );
}

/** The mark of a workspace. */
export function markPath({ root, key }: Place): string {
  return path.join(root, MARKS, `${key}.json`);
}

async function checkedPlace(host: Host, root: string, key: string): Promise<Place> {
  const place = { root, key, path: path.join(root, key) };
  const isInside = path.dirname(place.path) === root && place.path !== root;
  if (!isInside || (await host.kindOf(place.path)) === 'link') throw outsideRoot(place.path);
  return place;
}

function requireKey(key: string): string {
  if (['', '.', '..', MARKS].includes(key.toLowerCase())) {
    throw new SymphonyError(
      'invalid_workspace_key',
      `"${key}" cannot name a workspace; give the issue another identifier`,
    );
  }
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new SymphonyError(
      'invalid_workspace_key',
      `a workspace key of ${Buffer.byteLength(key)} bytes is longer than ${MAX_KEY_BYTES}; give the issue a shorter ` +
        'identifier',
    );
  }
  return key;
}

function outsideRoot(target: string): SymphonyError {
  return new SymphonyError(
    'workspace_outside_root',
    `the workspace ${target} is a link or lies outside its root; remove what stands there, nothing was run in it`,
  );
}
