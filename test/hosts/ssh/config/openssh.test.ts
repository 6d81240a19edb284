import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { beforeEach, describe, expect, test } from 'vitest';
import { writtenDestination } from '../../../../src/domain/ssh-destination.js';
import { configContext } from '../../../../src/hosts/ssh/config/context.js';
import { resolveDestination } from '../../../../src/hosts/ssh/config/resolve.js';
import type { Destination } from '../../../../src/hosts/ssh/destination.js';
import { needs } from '../../../helpers/needs.js';
import { Random } from '../../../helpers/simulation/random.js';
import { aConfiguration } from './configuration.js';

beforeEach((context) => needs(context, 'ssh'));

const MACHINES = ['build-1', 'build-2', 'gpu.lab', 'GPU.Lab', 'b', '10.0.0.7', 'fe80::1', 'a b', 'jump'];
const PATTERNS = [
  '*',
  'build-*',
  'build-?',
  '?',
  '*.lab',
  '!build-2',
  '!*.lab',
  '10.0.0.?',
  'GPU.*',
  'jump',
  '??*',
];
/** Some are there, and some are not. */
const FILES = ['/etc/passwd', '/etc/group', '~/no-such-file', 'none', '/etc/hosts'];
const USERS = ['ada', 'ci', userInfo().username, 'de ploy'];

/** Writes one argument in one of the ways that OpenSSH reads. */
function written(random: Random, value: string): string {
  const ways = [`"${value}"`, `'${value}'`, value.replaceAll(' ', '\\ ')];
  return random.pick(ways);
}

function spelled(random: Random, keyword: string): string {
  return random.pick([keyword, keyword.toLowerCase(), keyword.toUpperCase()]);
}

function option(random: Random): string {
  const [keyword, value] = random.pick<() => readonly [string, string]>([
    () => ['HostName', random.pick(['%h', '%h.example.org', 'Other.Example', '100%%', '10.1.2.3'])],
    () => ['Port', String(random.whole(1, 65_535))],
    () => ['User', random.pick(USERS)],
    () => ['ConnectTimeout', random.pick(['7', '1m', '1m30s', '2h'])],
    () => ['ServerAliveInterval', random.pick(['5', '0', '1m5s'])],
    () => ['ServerAliveCountMax', String(random.whole(0, 9))],
    () => ['IdentitiesOnly', random.pick(['yes', 'no', 'true', 'false'])],
    () => [
      'IdentityAgent',
      random.pick(['none', '/run/agent', '~/agent-%h', '/a/%n/%p/%r/%u/%k', 'SSH_AUTH_SOCK']),
    ],
    () => ['ProxyJump', random.pick(['none', 'jump', 'ci@jump:2200', 'first,second@third:1,jump'])],
    () => ['HostKeyAlias', random.pick(['farm', 'Farm-2'])],
    () => ['AddressFamily', random.pick(['any', 'inet', 'inet6'])],
    () => ['BindAddress', '127.0.0.1'],
    () => ['IdentityFile', random.pick(FILES)],
    () => ['LogLevel', 'ERROR'],
    () => ['ForwardAgent', 'yes'],
  ])();
  // OpenSSH takes the rest of this line as it is.
  if (keyword === 'ProxyJump') return `${spelled(random, keyword)} ${value}`;
  const separator = random.pick([' ', '=', ' = ', '\t']);
  const comment = random.chance(0.1) ? ' # a remark, "not closed' : '';
  return `${spelled(random, keyword)}${separator}${written(random, value)}${comment}`;
}

function block(random: Random): string {
  if (random.chance(0.6)) {
    const patterns = Array.from({ length: random.whole(1, 3) }, () => random.pick(PATTERNS));
    return `${spelled(random, 'Host')} ${patterns.join(' ')}`;
  }
  const criteria = random.pick([
    () => 'all',
    () => 'final all',
    () => `host ${random.pick(PATTERNS)},${random.pick(PATTERNS)}`,
    () => `originalhost "${random.pick(PATTERNS)}"`,
    () => `user ${random.pick(['ada', 'ci,!ada', '*'])}`,
    () => `!user ci host ${random.pick(PATTERNS)}`,
    () => `localuser ${userInfo().username}`,
    () => `final host ${random.pick(PATTERNS)} user *`,
    () => '!final host *',
    () => 'canonical all',
  ])();
  return `${spelled(random, 'Match')} ${criteria}`;
}

function text(random: Random, include: string | null): string {
  const lines: string[] = [];
  for (let count = random.whole(2, 16); count > 0; count--) {
    const line = random.chance(0.3) ? block(random) : option(random);
    lines.push(`${random.pick(['', '  ', '\t'])}${line}${random.pick(['', ' ', '\r'])}`);
    if (include !== null && random.chance(0.15)) lines.push(`Include ${include}`);
    if (random.chance(0.1)) lines.push(random.pick(['', '# Host *', '   ']));
  }
  return lines.join('\n');
}

type Told = Readonly<Record<string, string>>;

/** What `ssh` itself would do. */
function toldBySsh(file: string, name: string): Told {
  const { user, host, port } = writtenDestination(name);
  const target = user === null ? host : `${user}@${host}`;
  const args = ['-G', '-F', file, ...(port === null ? [] : ['-p', String(port)]), '--', target];
  const env = { ...process.env, SSH_AUTH_SOCK: '/run/own-agent' };
  const { status, stdout, stderr } = spawnSync('ssh', args, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(stderr);
  const lines = stdout.split('\n');
  const identities = lines.filter((line) => line.startsWith('identityfile ')).map((line) => line.slice(13));
  const told = Object.fromEntries(
    lines.map((line) => [line.split(' ')[0] ?? '', line.slice(line.indexOf(' ') + 1)]),
  );
  return { ...told, identities: identities.join(',') };
}

/** The same words for what is resolved here. */
function toldOf({ via, transport, ...destination }: Destination): Told {
  const [family = ''] =
    Object.entries({ any: 0, inet: 4, inet6: 6 }).find(([, each]) => each === transport?.addressFamily) ?? [];
  return {
    hostname: destination.host,
    user: destination.user,
    port: String(destination.port),
    identitiesonly: destination.identitiesOnly ? 'yes' : 'no',
    serveraliveinterval: String(destination.aliveIntervalMs / 1_000),
    serveralivecountmax: String(destination.aliveCountMax),
    connecttimeout: String(destination.connectTimeoutMs / 1_000),
    addressfamily: family,
    bindaddress: transport?.bindAddress ?? 'none',
    agent: destination.agentSocket ?? 'none',
    lastJump: via?.name ?? 'none',
    identities: destination.identityFiles.join(','),
  };
}

/** Where OpenSSH leaves things open, the daemon has values of its own. */
function asExpected(told: Told): Told {
  const agent = told['identityagent'] ?? 'SSH_AUTH_SOCK';
  return {
    hostname: told['hostname'] ?? '',
    user: told['user'] ?? '',
    port: told['port'] ?? '',
    identitiesonly: told['identitiesonly'] ?? '',
    serveraliveinterval: told['serveraliveinterval'] ?? '',
    serveralivecountmax: told['serveralivecountmax'] ?? '',
    connecttimeout: told['connecttimeout'] === 'none' ? '10' : (told['connecttimeout'] ?? ''),
    addressfamily: told['addressfamily'] ?? '',
    bindaddress: told['bindaddress'] ?? 'none',
    agent: agent === 'SSH_AUTH_SOCK' ? '/run/own-agent' : agent,
    lastJump: (told['proxyjump'] ?? 'none').split(',').at(-1) ?? '',
    identities: (told['identities'] ?? '')
      .split(',')
      .map((path) => path.replace(/^~/, userInfo().homedir))
      .filter((path) => existsSync(path) && !/_sk$|_dsa$|_xmss$/.test(path))
      .join(','),
  };
}

describe('the same configuration means the same to ssh and to Symphony', () => {
  test.each(Array.from({ length: 30 }, (_, seed) => seed))('seed %i', async (seed) => {
    const random = new Random(seed);
    for (let round = 0; round < 5; round++) {
      const configuration = aConfiguration();
      configuration.write('inner/a.conf', text(random, null));
      configuration.write('inner/b.conf', text(random, null));
      const include = `"${configuration.path('inner')}/*.conf"`;
      // What a machine in between says of itself is of no interest here.
      const quiet = 'Match originalhost jump,second,third,first\n  ProxyJump none\nMatch all\n';
      const alive = '\nMatch all\n  ServerAliveInterval 15\n';
      const file = configuration.write('config', `${quiet}${text(random, include)}${alive}`);
      const context = configContext({ SYMPHONY_SSH_CONFIG: file, SSH_AUTH_SOCK: '/run/own-agent' });
      const machine = random.pick(MACHINES.filter((name) => !name.includes(' ')));
      const name = random.pick([machine, `ci@${machine}`, `[${machine}]:2222`, `ada@[${machine}]:23`]);
      const resolved = await resolveDestination(name, context);
      expect({ name, file, ...toldOf(resolved) }).toEqual({
        name,
        file,
        ...asExpected(toldBySsh(file, name)),
      });
    }
  });
});
