import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { SymphonyError } from '../../domain/error.js';
import type { JsonObject } from '../../domain/json.js';
import type { AdapterOrigin } from '../adapter.js';

/** Where a local board is, and where its first issues come from; absolute. */
export interface LocalPaths {
  readonly board: string;
  readonly seed: string | null;
}

/**
 * Reads `provider.path` and `provider.seed`: relative to the workflow file, `~`, or a whole value `$VAR`.
 * @throws SymphonyError `invalid_tracker_config`
 */
export function localPaths(provider: JsonObject, origin: AdapterOrigin): LocalPaths {
  const board = folder(provider, 'path', origin);
  if (board === null) {
    throw invalid('path', 'is missing; give the folder of the board, for example `path: issues`');
  }
  const seed = folder(provider, 'seed', origin);
  if (seed === board) throw invalid('seed', 'is the board itself; give another folder or remove the key');
  return { board, seed };
}

function folder(provider: JsonObject, key: string, { workflowDir, env }: AdapterOrigin): string | null {
  const written = provider[key] ?? null;
  if (written === null) return null;
  if (typeof written !== 'string') throw invalid(key, 'is not text; give the path of a folder');
  const name = /^\$(\w+)$/.exec(written.trim())?.[1];
  const path = (name === undefined ? written : (env[name] ?? '')).trim();
  if (path === '') {
    throw invalid(key, name === undefined ? 'is empty; give the path of a folder' : unset(name));
  }
  if (path.includes('\0')) throw invalid(key, 'holds a NUL character; give the path of a folder');
  return resolve(workflowDir, expandHome(path, env['HOME']));
}

function expandHome(path: string, home = homedir()): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;
}

function unset(name: string): string {
  return `is $${name}, which is not set or empty; set the variable or write the path`;
}

function invalid(key: string, problem: string): SymphonyError {
  return new SymphonyError('invalid_tracker_config', `tracker.provider.${key} ${problem}`);
}
