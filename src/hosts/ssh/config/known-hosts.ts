import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { errorMessage } from '../../../domain/error.js';
import { ConfigProblem, type Place } from './config-problem.js';
import { fitsList } from './patterns.js';

/** A line of a `known_hosts` file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownKey extends Place {
  readonly marker: 'revoked' | 'cert-authority' | null;
  /** Patterns, or one name that is hashed. */
  readonly names: readonly string[];
  /** `ssh-ed25519`, `ssh-rsa` and so on. */
  readonly type: string;
  /** In base64. */
  readonly key: string;
}

/** All keys of some files, in their order; a file that is missing has none. @throws ConfigProblem when one cannot be read */
export async function knownKeys(files: readonly string[]): Promise<readonly KnownKey[]> {
  const all = await Promise.all(files.map(keysOf));
  return all.flat();
}

/** Whether a line is about this machine: `name`, or `[name]:port` where the port is not the usual one. */
export function isAbout({ names }: KnownKey, name: string): boolean {
  const [first = ''] = names;
  if (first.startsWith('|')) return isHashOf(first, name);
  const lower = names.map((each) => each.toLowerCase());
  return fitsList(name.toLowerCase(), lower);
}

/** The name as `HashKnownHosts` writes it: salted, so that a stolen file tells nobody where to go. */
export function hashed(name: string, salt: Buffer): string {
  return `|1|${salt.toString('base64')}|${digest(name, salt)}`;
}

async function keysOf(file: string): Promise<readonly KnownKey[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return [];
    throw new ConfigProblem(
      `${file} cannot be read (${errorMessage(error)}); mend its permissions`,
      null,
      error,
    );
  }
  return text.split('\n').flatMap((line, index) => keyOf(line.trim(), { file, line: index + 1 }));
}

/** Nothing for a comment and for a line that is damaged, as OpenSSH does. */
function keyOf(line: string, place: Place): KnownKey[] {
  if (line === '' || line.startsWith('#')) return [];
  const words = line.split(/[ \t]+/);
  const mark = line.startsWith('@') ? words.shift() : undefined;
  const [names = '', type = '', key = ''] = words;
  const marker = mark === undefined ? null : mark.slice(1);
  if (marker !== null && marker !== 'revoked' && marker !== 'cert-authority') return [];
  return typeOf(Buffer.from(key, 'base64')) === type
    ? [{ ...place, marker, names: names.split(','), type, key }]
    : [];
}

/** The type that a public key names itself; empty for what is none. */
export function typeOf(key: Buffer): string {
  if (key.length < 4) return '';
  const length = key.readUInt32BE(0);
  return length === 0 || 4 + length > key.length ? '' : key.toString('latin1', 4, 4 + length);
}

function isHashOf(written: string, name: string): boolean {
  const [, version, salt = '', expected] = written.split('|');
  return version === '1' && digest(name, Buffer.from(salt, 'base64')) === expected;
}

function digest(name: string, salt: Buffer): string {
  return createHmac('sha1', salt).update(name).digest('base64');
}
