import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { CIPHERS, HOST_KEYS, KEY_EXCHANGES, MACS } from '../../../../src/hosts/ssh/config/algorithms.js';
import { REFUSED } from '../../../../src/hosts/ssh/config/keywords.js';
import { aConfiguration } from './configuration.js';

/** A value of every option that is refused, and one that asks for nothing. */
const VALUES: Readonly<Record<string, readonly [refused: string, harmless: string | null]>> = {
  BindInterface: ['eth0', null],
  CanonicalizeHostname: ['always', 'no'],
  CertificateFile: ['~/.ssh/id-cert.pub', 'none'],
  CheckHostIP: ['yes', 'no'],
  KnownHostsCommand: ['/bin/known %H', 'none'],
  NoHostAuthenticationForLocalhost: ['yes', 'no'],
  PKCS11Provider: ['/usr/lib/p11.so', 'none'],
  PreferredAuthentications: ['gssapi-with-mic,password', 'password,publickey'],
  ProxyCommand: ['nc %h %p', 'none'],
  PubkeyAcceptedAlgorithms: ['rsa-sha2-512', 'ssh-ed25519,ecdsa-sha2-*,rsa-sha2-512'],
  PubkeyAuthentication: ['no', 'yes'],
  RefuseConnection: ['"not from here"', null],
  RevokedHostKeys: ['/etc/ssh/revoked', 'none'],
  SecurityKeyProvider: ['/usr/lib/sk.so', 'internal'],
  VerifyHostKeyDNS: ['ask', 'no'],
};

describe('an option that changes how to connect and is not supported', () => {
  test.each(Object.keys(REFUSED))(
    '%s is named, with file, line and mend, and never ignored',
    async (option) => {
      const [refused = '', harmless = null] = VALUES[option] ?? [];
      const { write, resolve, failure } = aConfiguration({
        '.ssh/config': `# mine\nHost *\n  ${option} ${refused}\n`,
      });
      const shown = refused.replaceAll('"', '');

      expect(await failure('build-1')).toBe(
        `/home/.ssh/config line 3: ${option} ${shown} is not supported; ${REFUSED[option]?.mend}`,
      );

      write('.ssh/config', `Host other\n  ${option} ${refused}\n`);
      await expect(resolve('build-1')).resolves.toMatchObject({ host: 'build-1' });
      if (harmless === null) return;
      write('.ssh/config', `${option.toUpperCase()} = ${harmless}\n`);
      await expect(resolve('build-1')).resolves.toMatchObject({ host: 'build-1' });
    },
  );

  test.each([
    ['Match exec "test -f /nowhere"', /line 1: Match exec is not supported; choose by Host/],
    ['Match host build-1 exec true', /Match exec/],
    ['Match localnetwork 10.0.0.0/8', /Match localnetwork/],
  ])('%s is not guessed', async (line, says) => {
    const { failure } = aConfiguration({ '.ssh/config': `${line}\n  User ci\n` });

    expect(await failure('build-1')).toMatch(says);
  });

  test('a command of Match is of no interest where its other criteria do not hold', async () => {
    const { resolve } = aConfiguration({
      '.ssh/config': 'Match exec "exit 1" originalhost other\n  User ci\n',
    });

    await expect(resolve('build-1')).resolves.toMatchObject({ user: 'ada' });
  });
});

describe('an option that nobody knows', () => {
  test('is an error with what was probably meant', async () => {
    const { failure } = aConfiguration({ '.ssh/config': 'Host *\n\n HostNmae there\n' });

    expect(await failure('build-1')).toBe(
      '/home/.ssh/config line 3: HostNmae is no option that Symphony knows; did you mean HostName?',
    );
  });

  test('is passed over where the file says so', async () => {
    const { resolve } = aConfiguration({
      '.ssh/config': 'IgnoreUnknown Future*,Fancy\nFutureThing yes\nfancy no\n',
    });

    await expect(resolve('build-1')).resolves.toMatchObject({ host: 'build-1' });
  });

  test('is of no interest where it does not apply', async () => {
    const { resolve } = aConfiguration({ '.ssh/config': 'Host laptop\n  FutureThing yes\n' });

    await expect(resolve('build-1')).resolves.toMatchObject({ host: 'build-1' });
  });
});

test('options without effect here change nothing', async () => {
  const lines = [
    ...['ForwardAgent yes', 'SendEnv LANG LC_*', 'SetEnv TOKEN=x', 'ControlMaster auto', 'Compression yes'],
    ...[
      'GSSAPIAuthentication yes',
      'HashKnownHosts yes',
      'LogLevel QUIET',
      'RemoteCommand rm -rf /',
      'Protocol 2',
    ],
    ...[
      'LocalForward 8080 localhost:80',
      'RequestTTY yes',
      'CanonicalDomains lab',
      'PasswordAuthentication yes',
    ],
  ];
  const { resolve } = aConfiguration({ '.ssh/config': lines.join('\n') });
  const plain = await aConfiguration().resolve('build-1');

  const { hostKeys: _, ...rest } = await resolve('build-1');

  expect(rest).toEqual({ ...plain, hostKeys: undefined });
});

describe('a value that cannot be', () => {
  test.each([
    ['Port 70000', /line 1: Port is a number from 1 to 65535, not 70000; correct it/],
    ['Port ssh', /Port is a number/],
    ['ConnectTimeout soon', /ConnectTimeout is a time such as 30 or 1m30s, not soon/],
    ['ServerAliveInterval -1', /ServerAliveInterval is a time/],
    ['ServerAliveCountMax many', /ServerAliveCountMax is a number/],
    ['IdentitiesOnly maybe', /IdentitiesOnly is yes or no, not maybe/],
    ['StrictHostKeyChecking perhaps', /StrictHostKeyChecking is yes, ask, accept-new or no/],
    ['AddressFamily ipv6', /AddressFamily is any, inet or inet6/],
    ['HostName %x.lab', /%x in %x\.lab is not supported/],
    ['IdentityFile ~/%C', /%C in .* is not supported/],
    [`IdentityFile \${NO_SUCH}/id`, /the environment has no NO_SUCH/],
    ['IdentityFile ~bob/id', /~bob\/id is the home of another user/],
    ['IdentityFile "~/id', /quote is not closed|cannot be read/],
    ['Port', /Port has no value/],
    ['Host', /Host has no value/],
    ['Match host', /Match host has no value/],
    ['= 22', /no keyword/],
    ['Ciphers 3des-cbc', /nothing that Ciphers 3des-cbc leaves is supported; add one of/],
    ['KexAlgorithms sntrup761x25519-sha512@openssh.com', /nothing that KexAlgorithms/],
    ['HostKeyAlgorithms sk-ssh-ed25519@openssh.com', /nothing that HostKeyAlgorithms/],
  ])('%s is told with its place', async (line, says) => {
    const { failure } = aConfiguration({ '.ssh/config': `${line}\n` });

    expect(await failure('build-1')).toMatch(says);
    expect(await failure('build-1')).toContain('/home/.ssh/config line 1: ');
  });
});

describe('waiting', () => {
  test('is bounded and dead links are noticed also where nothing is configured', async () => {
    await expect(aConfiguration().resolve('build-1')).resolves.toMatchObject({
      connectTimeoutMs: 10_000,
      aliveIntervalMs: 15_000,
      aliveCountMax: 3,
    });
  });

  test('is as it is configured', async () => {
    const { resolve } = aConfiguration({
      '.ssh/config': 'ConnectTimeout 1m30s\nServerAliveInterval 0\nServerAliveCountMax 7\n',
    });

    await expect(resolve('build-1')).resolves.toMatchObject({
      connectTimeoutMs: 90_000,
      aliveIntervalMs: 0,
      aliveCountMax: 7,
    });
  });

  test.each(['none', '0'])('for a connection has an end also with ConnectTimeout %s', async (value) => {
    const { resolve } = aConfiguration({ '.ssh/config': `ConnectTimeout ${value}\n` });

    await expect(resolve('build-1')).resolves.toMatchObject({ connectTimeoutMs: 10_000 });
  });
});

describe('lists of algorithms', () => {
  test.each([
    ['aes256-ctr,chacha20-poly1305@openssh.com', ['aes256-ctr', 'chacha20-poly1305@openssh.com']],
    ['unheard-of,aes256-ctr', ['aes256-ctr']],
    ['-*gcm*,aes1*', ['aes256-ctr', 'chacha20-poly1305@openssh.com']],
    ['+aes128-cbc', [...CIPHERS.usual, 'aes128-cbc']],
    ['^aes192-ctr', ['aes192-ctr', ...CIPHERS.usual.filter((name) => name !== 'aes192-ctr')]],
  ])('Ciphers %s leaves what can be had', async (written, left) => {
    const { resolve } = aConfiguration({ '.ssh/config': `Ciphers ${written}\n` });

    const { transport } = await resolve('build-1');

    expect([...(transport?.ciphers ?? [])].sort()).toEqual([...left].sort());
    expect(transport?.ciphers?.[0]).toBe(left[0]);
  });

  test('are those that the library has', () => {
    const { SUPPORTED_CIPHER, SUPPORTED_MAC, SUPPORTED_KEX, SUPPORTED_SERVER_HOST_KEY } = createRequire(
      import.meta.url,
    )('ssh2/lib/protocol/constants.js') as Record<string, readonly string[]>;
    const all = ({ usual, further }: { usual: readonly string[]; further: readonly string[] }) => [
      ...usual,
      ...further,
    ];

    expect(SUPPORTED_CIPHER).toEqual(expect.arrayContaining(all(CIPHERS)));
    expect(SUPPORTED_MAC).toEqual(expect.arrayContaining(all(MACS)));
    expect(SUPPORTED_KEX).toEqual(expect.arrayContaining(all(KEY_EXCHANGES)));
    expect(SUPPORTED_SERVER_HOST_KEY).toEqual(expect.arrayContaining(all(HOST_KEYS)));
  });

  test("those of a distribution's own configuration can be had", async () => {
    const { resolve } = aConfiguration({
      'etc/ssh_config': 'Include ssh_config.d/*.conf\n',
      'etc/ssh_config.d/50-redhat.conf': [
        'Match final all',
        '  Include crypto.config',
        '  GSSAPIAuthentication yes',
        '  ForwardX11Trusted yes',
      ].join('\n'),
      'etc/crypto.config': [
        'Ciphers aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes128-gcm@openssh.com,aes128-ctr',
        'MACs hmac-sha2-256-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-512-etm@openssh.com',
        'GSSAPIKexAlgorithms gss-curve25519-sha256-',
        'KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256,ecdh-sha2-nistp256',
        'PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256,ssh-ed25519,rsa-sha2-256,rsa-sha2-512',
        'CASignatureAlgorithms ecdsa-sha2-nistp256,ssh-ed25519',
        'RequiredRSASize 2048',
      ].join('\n'),
    });

    await expect(resolve('build-1')).resolves.toMatchObject({
      transport: {
        ciphers: expect.arrayContaining(['aes256-gcm@openssh.com']),
        macs: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'],
        keyExchanges: ['curve25519-sha256', 'ecdh-sha2-nistp256'],
      },
    });
  });
});
