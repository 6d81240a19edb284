import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorMessage, SymphonyError } from '../../../domain/error.js';
import type { HostKeyRules } from './host-key-rules.js';
import { hashed, typeOf } from './known-hosts.js';

/** Appends a key to the first file of the user. @throws SymphonyError `host_unreachable` when it cannot be written */
export async function remember({ name, userFiles, hashNames }: HostKeyRules, key: Buffer): Promise<void> {
  const [file] = userFiles;
  if (file === undefined) return;
  const written = hashNames ? hashed(name, randomBytes(20)) : name;
  const line = `${written} ${typeOf(key)} ${key.toString('base64')}\n`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await append(file, line);
  } catch (error) {
    const mend = 'make it writable, or put the key there by hand';
    throw new SymphonyError(
      'host_unreachable',
      `${file} cannot be written (${errorMessage(error)}); ${mend}`,
      {
        cause: error,
      },
    );
  }
}

/** In one write, so that lines of several hosts do not mix; after a last line without an end, one is begun. */
async function append(file: string, line: string): Promise<void> {
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    const isCut = bytesRead === 1 && buffer.toString('latin1') !== '\n';
    await handle.appendFile(isCut ? `\n${line}` : line);
  } finally {
    await handle.close();
  }
}
