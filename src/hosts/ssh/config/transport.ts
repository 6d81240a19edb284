import type { Transport } from '../destination.js';
import { CIPHERS, chosen, HOST_KEYS, KEY_EXCHANGES, MACS } from './algorithms.js';
import { ConfigProblem } from './config-problem.js';
import type { Options } from './options.js';

const FAMILIES: ReadonlyMap<string, Transport['addressFamily']> = new Map([
  ['any', 0],
  ['inet', 4],
  ['inet6', 6],
]);

/** How the configuration wants the connection to be made. @throws ConfigProblem */
export function transport(options: Options): Transport {
  return {
    addressFamily: addressFamily(options),
    bindAddress: options.first('bindaddress') ?? null,
    ciphers: chosen(options, 'ciphers', CIPHERS),
    macs: chosen(options, 'macs', MACS),
    keyExchanges: chosen(options, 'kexalgorithms', KEY_EXCHANGES),
    hostKeys: chosen(options, 'hostkeyalgorithms', HOST_KEYS),
  };
}

function addressFamily(options: Options): Transport['addressFamily'] {
  const directive = options.get('addressfamily');
  if (directive === null) return 0;
  const [value = ''] = directive.args;
  const family = FAMILIES.get(value.toLowerCase());
  if (family !== undefined) return family;
  throw new ConfigProblem(`${directive.name} is any, inet or inet6, not ${value}; correct it`, directive);
}
