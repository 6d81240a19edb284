import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { makeKey } from '../../../helpers/sshd-server.js';
import type { Configuration } from './configuration.js';

export interface Keys {
  /** A public key without its comment, as in `known_hosts`. */
  readonly [name: string]: string;
}

/** New keys. What stands behind `-` in a name is the type, and its bits: `one-rsa_2048`. */
export function keys(configuration: Configuration, ...names: readonly string[]): Keys {
  mkdirSync(configuration.path('keys'), { recursive: true });
  const made = names.map((name) => {
    const path = configuration.path(`keys/${name}`);
    const [type = 'ed25519', bits] = (name.split('-')[1] ?? 'ed25519').split('_');
    makeKey(path, [type, ...(bits === undefined ? [] : ['-b', bits])]);
    return [name, readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')];
  });
  return Object.fromEntries(made);
}

export function blob(key = ''): Buffer {
  return Buffer.from(key.split(' ')[1] ?? '', 'base64');
}

/** The fingerprint as OpenSSH tells it. */
export function fingerprint(configuration: Configuration, name: string): string {
  const told = spawnSync('ssh-keygen', ['-lf', `${configuration.path(`keys/${name}`)}.pub`], {
    encoding: 'utf8',
  });
  return told.stdout.split(' ')[1] ?? '';
}

/** What is said to a key that a server shows; paths are shortened. */
export async function verdict(
  configuration: Configuration,
  written: string,
  key = '',
): Promise<string | null> {
  const { hostKeys } = await configuration.resolve(written);
  const said = await hostKeys.verify(blob(key));
  return said?.replaceAll(configuration.home, '~').replaceAll(configuration.system, '/etc/ssh') ?? null;
}
