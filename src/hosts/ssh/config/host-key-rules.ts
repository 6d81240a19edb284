import { join } from 'node:path';
import { writtenDestination } from '../../../domain/ssh-destination.js';
import type { Destination } from '../destination.js';
import { ConfigProblem } from './config-problem.js';
import type { ConfigContext } from './context.js';
import type { Tokens } from './expansion.js';
import { filled } from './identities.js';
import type { Options } from './options.js';
import { shellWord } from './shell-word.js';
import { flag, wholeNumber } from './values.js';

/** What becomes of a key that nobody knows: refused, remembered, or let through whatever is known. */
export type Strictness = 'strict' | 'accept-new' | 'off';

/** How the key of a server is judged. */
export interface HostKeyRules {
  /** The machine in `known_hosts`: its alias, its name, or `[name]:port`. */
  readonly name: string;
  /** The name without the port, under which the same key is as good; null for none. */
  readonly nameWithoutPort: string | null;
  /** The first of them is where new keys are remembered. */
  readonly userFiles: readonly string[];
  readonly systemFiles: readonly string[];
  readonly strictness: Strictness;
  /** Whether what `accept-new` lets in is written down. */
  readonly remembersKeys: boolean;
  readonly hashNames: boolean;
  /** Bits that a key of RSA has at least. */
  readonly leastRsaBits: number;
  /** For a person: the commands that look at the server's key. */
  readonly commands: { readonly look: string | null; readonly connect: string };
}

/** The destination, as far as its key hangs on it. */
interface Server extends Pick<Destination, 'host' | 'port' | 'user'> {
  readonly written: string;
  /** Whether `ssh-keyscan` can get there. */
  readonly isDirect: boolean;
  readonly tokens: Tokens;
}

const STRICTNESS: ReadonlyMap<string, Strictness> = new Map([
  ...(['yes', 'true', 'ask'] as const).map((word) => [word, 'strict'] as const),
  ['accept-new', 'accept-new'] as const,
  ...(['no', 'false', 'off'] as const).map((word) => [word, 'off'] as const),
]);

/** The rules that the configuration has for a server. @throws ConfigProblem */
export function hostKeyRules(options: Options, server: Server, context: ConfigContext): HostKeyRules {
  const { host, port, tokens } = server;
  const alias = options.first('hostkeyalias')?.toLowerCase() ?? null;
  const own = port === 22 ? host : `[${host}]:${port}`;
  const system = ['ssh_known_hosts', 'ssh_known_hosts2'].map((name) => join(context.systemDirectory, name));
  return {
    name: alias ?? own,
    nameWithoutPort: alias === null && port !== 22 ? host : null,
    userFiles: files(
      options,
      'userknownhostsfile',
      ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'],
      tokens,
      context,
    ),
    systemFiles: files(options, 'globalknownhostsfile', system, tokens, context),
    strictness: strictness(options),
    remembersKeys: context.remembersKeys ?? true,
    hashNames: flag(options, 'hashknownhosts', false),
    leastRsaBits: wholeNumber(options, 'requiredrsasize', { least: 0, most: 1_000_000, fallback: 1_024 }),
    commands: commands(server, alias === null, context),
  };
}

function strictness(options: Options): Strictness {
  const directive = options.get('stricthostkeychecking');
  if (directive === null) return 'strict';
  const [value = ''] = directive.args;
  const found = STRICTNESS.get(value.toLowerCase());
  if (found !== undefined) return found;
  throw new ConfigProblem(
    `${directive.name} is yes, ask, accept-new or no, not ${value}; correct it`,
    directive,
  );
}

function files(
  options: Options,
  keyword: string,
  fallback: readonly string[],
  tokens: Tokens,
  context: ConfigContext,
): readonly string[] {
  const directive = options.get(keyword);
  const written = directive?.args ?? fallback;
  if (written.length === 1 && written[0]?.toLowerCase() === 'none') return [];
  return written.map((path) => filled(path, tokens, context, directive));
}

function commands({ written, host, port, isDirect }: Server, isOwnName: boolean, { env }: ConfigContext) {
  const given = env['SYMPHONY_SSH_CONFIG'] ?? '';
  const asked = writtenDestination(written);
  const target = [
    ...(given === '' ? [] : ['-F', shellWord(given)]),
    ...(asked.port === null ? [] : ['-p', String(asked.port)]),
    asked.user === null ? asked.host : `${asked.user}@${asked.host}`,
  ];
  const look = `ssh-keyscan ${port === 22 ? '' : `-p ${port} `}${host}`;
  return { look: isDirect && isOwnName ? look : null, connect: `ssh ${target.join(' ')}` };
}
