import { isIP } from 'node:net';
import { writtenDestination } from '../../../domain/ssh-destination.js';
import type { Destination } from '../destination.js';
import { ConfigProblem } from './config-problem.js';
import type { ConfigContext } from './context.js';
import { expand, type Tokens } from './expansion.js';
import { hostKeyCheck } from './host-key-check.js';
import { type HostKeyRules, hostKeyRules } from './host-key-rules.js';
import { agentSocket, identityFiles, withCertificate } from './identities.js';
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
export async function resolveDestination(written: string, context: ConfigContext): Promise<Destination> {
  return (await examineDestination(written, context)).destination;
}

/** A destination, and what is worth telling about its configuration. */
export interface ExaminedDestination {
  readonly destination: Destination;
  readonly warnings: readonly string[];
}

/** The same, for those who tell a person. @throws SymphonyError as `resolveDestination` */
export function examineDestination(written: string, context: ConfigContext): Promise<ExaminedDestination> {
  return examineOnWay(written, context, { jump: null, passed: [] });
}

async function examineOnWay(written: string, context: ConfigContext, way: Way): Promise<ExaminedDestination> {
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
  const before = next === null ? null : await examineOnWay(next.written, context, next.way);
  const destination: Destination = {
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
    via: before?.destination ?? null,
  };
  const certified = await withCertificate(destination.identityFiles);
  const warnings = [
    ...warningsOf(destination, options, rules),
    ...certified.map(
      (path) =>
        `${written}: the certificate beside ${path} is not used, only its key; put the plain public key into authorized_keys of the worker`,
    ),
    ...(before?.warnings ?? []),
  ];
  return { destination, warnings };
}

function warningsOf({ name, ...destination }: Destination, options: Options, rules: HostKeyRules): string[] {
  const warnings: string[] = [];
  const checking = options.get('stricthostkeychecking');
  if (rules.strictness === 'off' && checking !== null) {
    const where = `${checking.file} line ${checking.line}`;
    warnings.push(
      `${name}: ${checking.name} ${checking.args[0]} in ${where}: whatever machine answers is taken for it; learn its key and write accept-new`,
    );
  }
  const [first] = options.identities;
  const hasKeys = destination.identityFiles.length > 0 || destination.agentSocket !== null;
  if (first !== undefined && !hasKeys) {
    warnings.push(
      `${name}: none of its identity files is there, such as ${first.path}, and there is no agent; put one of them there`,
    );
  }
  return warnings;
}

/** Reads the files, a second time where they ask for it, and gives the name or address to connect to. */
async function read(options: Options, originalHost: string, context: ConfigContext): Promise<string> {
  const about = { options, context, originalHost };
  const { wantsFinal } = await readConfiguration({ ...about, host: originalHost, isFinal: false });
  const directive = options.get('hostname');
  // An address may have a "%" of its own, before the name of an interface.
  const written = directive?.args[0] ?? originalHost.replaceAll('%', '%%');
  const expanded = expand(written, { h: originalHost }, {});
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
