import { createHash } from 'node:crypto';

const HASH_LENGTH = 16;

/**
 * The directory name of an issue's workspace (SPEC 4.2): characters outside `[A-Za-z0-9._-]` become `_`, and when that
 * changed anything, `--` and 64 bits of the identifier's SHA-256 keep distinct identifiers apart.
 */
export function workspaceKey(identifier: string): string {
  const key = identifier.replace(/[^A-Za-z0-9._-]/gu, '_');
  if (key === identifier) return key;
  const hash = createHash('sha256').update(identifier, 'utf8').digest('hex').slice(0, HASH_LENGTH);
  return `${key}--${hash}`;
}
