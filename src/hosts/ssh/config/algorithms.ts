import type { CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from 'ssh2';
import { ConfigProblem } from './config-problem.js';
import type { Options } from './options.js';
import { fitsList, fitsPattern } from './patterns.js';

/** What can be had of one kind of algorithm. */
export interface Offer<Name extends string> {
  /** In force when nothing is configured. */
  readonly usual: readonly Name[];
  /** Only when it is asked for. */
  readonly further: readonly Name[];
}

export const CIPHERS: Offer<CipherAlgorithm> = {
  usual: [
    ...([
      'aes128-gcm@openssh.com',
      'aes256-gcm@openssh.com',
      'aes128-ctr',
      'aes192-ctr',
      'aes256-ctr',
    ] as const),
    'chacha20-poly1305@openssh.com',
  ],
  further: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc'],
};

export const MACS: Offer<MacAlgorithm> = {
  usual: [
    ...([
      'hmac-sha2-256-etm@openssh.com',
      'hmac-sha2-512-etm@openssh.com',
      'hmac-sha1-etm@openssh.com',
    ] as const),
    ...(['hmac-sha2-256', 'hmac-sha2-512', 'hmac-sha1'] as const),
  ],
  further: [],
};

export const KEY_EXCHANGES: Offer<KexAlgorithm> = {
  usual: [
    ...(['curve25519-sha256', 'curve25519-sha256@libssh.org'] as const),
    ...(['ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521'] as const),
    ...(['diffie-hellman-group-exchange-sha256', 'diffie-hellman-group14-sha256'] as const),
    ...(['diffie-hellman-group15-sha512', 'diffie-hellman-group16-sha512'] as const),
    ...(['diffie-hellman-group17-sha512', 'diffie-hellman-group18-sha512'] as const),
  ],
  further: ['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group14-sha1'],
};

/** In the order in which they are wished for. */
export const HOST_KEYS: Offer<ServerHostKeyAlgorithm> = {
  usual: [
    ...(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'] as const),
    ...(['rsa-sha2-512', 'rsa-sha2-256'] as const),
  ],
  further: ['ssh-rsa'],
};

/** Of what a list in the configuration asks for, that which can be had; null when nothing is configured. @throws ConfigProblem */
export function chosen<Name extends string>(
  options: Options,
  keyword: string,
  { usual, further }: Offer<Name>,
): readonly Name[] | null {
  const directive = options.get(keyword);
  if (directive === null) return null;
  const [written = ''] = directive.args;
  const sign = /^[-+^]/.exec(written)?.[0] ?? '';
  const names = written.slice(sign.length).split(',');
  const all = [...usual, ...further];
  const asked = names.flatMap((name) => all.filter((each) => each === name));
  const found = {
    '': asked,
    '+': [...usual, ...asked],
    '-': usual.filter((each) => !names.some((pattern) => fitsPattern(each, pattern))),
    '^': [...asked, ...usual],
  }[sign];
  const once = [...new Set(found)];
  if (once.length > 0) return once;
  const mend = `add one of ${all.join(', ')}`;
  throw new ConfigProblem(
    `nothing that ${directive.name} ${written} leaves is supported; ${mend}`,
    directive,
  );
}

const KEYS_OF_USERS = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512'];

/** Whether a value of PubkeyAcceptedAlgorithms leaves no usual key out, so that it need not be heeded. */
export function leavesUsualKeys(written: string): boolean {
  if (/^[+^]/.test(written)) return true;
  const names = written.replace(/^-/, '').split(',');
  if (written.startsWith('-')) return !KEYS_OF_USERS.some((key) => fitsList(key, names));
  return KEYS_OF_USERS.every((key) => fitsList(key, names));
}
