import { expect, test } from 'vitest';
import { SymphonyError } from '../../../../src/domain/error.js';
import { Random } from '../../../helpers/simulation/random.js';
import { aConfiguration } from './configuration.js';

const PIECES = [
  ...[
    'Host',
    'Match',
    'Include',
    'Port',
    'User',
    'HostName',
    'ProxyJump',
    'IdentityFile',
    'Unheard',
    '=',
    '"',
    "'",
  ],
  ...[
    '\\',
    '#',
    '*',
    '!',
    '?',
    '[',
    ']',
    '%',
    '%h',
    '$',
    '{',
    '}',
    '~',
    '~/',
    ' ',
    '\t',
    '\r',
    '\n',
    '\n',
    '\0',
    '\u00a0',
  ],
  ...[
    'all',
    'final',
    'host',
    'none',
    '22',
    'é',
    '\ud800',
    '|1|',
    'ssh-ed25519',
    '@revoked',
    'AAAAC3Nz',
    ',',
    '*',
  ],
];

function rubbish(random: Random): string {
  return Array.from({ length: random.whole(0, 40) }, () => random.pick(PIECES)).join(random.pick(['', ' ']));
}

test('whatever the files hold is understood or told, and never a bug', async () => {
  const random = new Random(1);
  const configuration = aConfiguration();
  for (let round = 0; round < 500; round++) {
    configuration.write('.ssh/config', rubbish(random));
    configuration.write('.ssh/known_hosts', rubbish(random));
    const outcome = await configuration.resolve('build-1').then(
      ({ hostKeys }) => hostKeys.verify(Buffer.from(rubbish(random))),
      (error: unknown) => error,
    );

    if (typeof outcome !== 'string' && outcome !== null) expect(outcome).toBeInstanceOf(SymphonyError);
  }
});
