import { isIP } from 'node:net';
import { writtenDestination } from '../../../domain/ssh-destination.js';
import type { Destination } from '../destination.js';
import { ConfigProblem } from './config-problem.js';
import type { ConfigContext } from './context.js';
import { expand, type Tokens } from './expansion.js';
import { hostKeyCheck } from './host-key-check.js';
import { hostKeyRules } from './host-key-rules.js';
import { agentSocket, identityFiles } from './identities.js';
import { jumps, type Way } from './jumps.js';
import { Options } from './options.js';
import { readConfiguration } from './reading.js';
import { transport } from './transport.js';
import { flag, milliseconds, wholeNumber } from './values.js';

/** OpenSSH waits as long as the system does; a daemon that has other machines does not. */
const CONNECT_TIMEOUT_MS = 10_000;
/** OpenSSH never asks; a link that is dead without a word has to be noticed. */
const ALIVE_INTERVAL_MS = 15_000;
const ALIVE_COUNT_MAX = 3;
const ANY_NUMBER = 2_147_483_647;

/**
 * Where an entry of `worker.ssh_hosts` leads, by the configuration that the `ssh` command would read.
 * @throws SymphonyError `host_unreachable` with place and mend, when the configuration cannot be followed
 */
export function resolveDestination(written: string, context: ConfigContext): Promise<Destination> {
  return resolveOnWay(written, context, { jump: null, passed: [] });
}

async function resolveOnWay(written: string, context: ConfigContext, way: Way): Promise<Destination> {
  const { host: originalHost, user, port } = writtenDestination(written);
  const options = new Options({ user, port: port === null ? null : String(port), proxyjump: way.jump });
  const host = await read(options, originalHost, context);
  options.refuseUnsupported();
  const place = {
    host,
    port: wholeNumber(options, 'port', { least: 1, most: 65_535, fallback: 22 }),
    user: options.first('user') ?? context.user,
  };
  const tokens = tokensOf(place, originalHost, options, context);
  const next = jumps(written, options, tokens, context, way);
  const rules = hostKeyRules(options, { ...place, written, isDirect: next === null, tokens }, context);
  const interval = milliseconds(options, 'serveraliveinterval');
  return {
    name: written,
    ...place,
    identityFiles: await identityFiles(options, tokens, context),
    agentSocket: agentSocket(options, tokens, context),
    identitiesOnly: flag(options, 'identitiesonly', false),
    hostKeys: await hostKeyCheck(rules),
    connectTimeoutMs: milliseconds(options, 'connecttimeout') || CONNECT_TIMEOUT_MS,
    aliveIntervalMs: interval === undefined ? ALIVE_INTERVAL_MS : (interval ?? 0),
    aliveCountMax: wholeNumber(options, 'serveralivecountmax', {
      least: 0,
      most: ANY_NUMBER,
      fallback: ALIVE_COUNT_MAX,
    }),
    transport: transport(options),
    via: next === null ? null : await resolveOnWay(next.written, context, next.way),
  };
}

/** Reads the files, a second time where they ask for it, and gives the name or address to connect to. */
async function read(options: Options, originalHost: string, context: ConfigContext): Promise<string> {
  const about = { options, context, originalHost };
  const { wantsFinal } = await readConfiguration({ ...about, host: originalHost, isFinal: false });
  const directive = options.get('hostname');
  const expanded = expand(directive?.args[0] ?? originalHost, { h: originalHost }, {});
  if ('problem' in expanded) throw new ConfigProblem(expanded.problem, directive);
  const host = isIP(expanded.text) === 0 ? expanded.text.toLowerCase() : expanded.text;
  options.set('hostname', host);
  if (wantsFinal) await readConfiguration({ ...about, host, isFinal: true });
  return host;
}

function tokensOf(
  { host, port, user }: Pick<Destination, 'host' | 'port' | 'user'>,
  originalHost: string,
  options: Options,
  context: ConfigContext,
): Tokens {
  return {
    d: context.home,
    h: host,
    i: String(context.userId),
    k: options.first('hostkeyalias')?.toLowerCase() ?? originalHost,
    l: context.machine,
    L: context.machine.split('.')[0] ?? '',
    n: originalHost,
    p: String(port),
    r: user,
    u: context.user,
  };
}
