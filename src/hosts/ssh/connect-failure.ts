import { errorMessage, SymphonyError } from '../../domain/error.js';
import type { Credentials } from './authentication.js';
import type { Destination } from './destination.js';

/** How far a connection has come. */
export type Stage = 'reaching' | 'greeting' | 'authenticating';

/** A connection that was closed before anything was said may only have come at a busy moment (MaxStartups). */
export class TurnedAway extends SymphonyError {}

/** A failure to connect, with its cause and the mend. */
export function connectFailure(
  destination: Destination,
  stage: Stage,
  error: unknown,
  credentials: Credentials | null,
): SymphonyError {
  const say = (text: string): SymphonyError => unreachable(destination, text, error);
  const code = codeOf(error);
  const place = placeOf(destination);
  if (stage === 'authenticating' && isTooMany(error)) {
    return say(
      `${place} ended the login before the right key came: an agent holds too many (MaxAuthTries); name the right one ` +
        'with IdentityFile, and write IdentitiesOnly yes',
    );
  }
  if (stage === 'authenticating' && code === null) return say(refusal(destination, error, credentials));
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return say(
      `the name ${destination.host} is not known (${code}); correct worker.ssh_hosts, HostName or the name server`,
    );
  }
  if (code === 'ECONNREFUSED') {
    return say(`nothing listens at ${place} (ECONNREFUSED); see that sshd runs there, and the port`);
  }
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ETIMEDOUT') {
    return say(
      `${place} cannot be reached (${code}); see the machine, the network and the firewalls on the way`,
    );
  }
  if (code === 'EINVAL' || code === 'EADDRNOTAVAIL') {
    return say(
      `there is no way from here to ${place} (${errorMessage(error)}); correct BindAddress or HostName`,
    );
  }
  if (stage === 'greeting' && isSilence(error)) {
    const text = `${place} closed the connection before a word was said; see that it is sshd, its log and its MaxStartups`;
    return new TurnedAway('host_unreachable', `${destination.name}: ${text}`, { cause: error });
  }
  return say(`${place}: ${errorMessage(error)}`);
}

/** Nothing came within the connect timeout. */
export function connectTimeout(destination: Destination, stage: Stage): SymphonyError {
  const seconds = destination.connectTimeoutMs / 1_000;
  const [what, mend] = {
    reaching: ['gave no answer', 'see the machine, the network and the firewalls on the way'],
    greeting: [
      'took the connection but did not speak SSH',
      'see the load of the machine and that it is sshd',
    ],
    authenticating: ['did not finish the login', 'see the load of the machine and its log'],
  }[stage];
  const text = `${placeOf(destination)} ${what} within ${seconds} s (ConnectTimeout); ${mend}`;
  return unreachable(destination, text, undefined);
}

/** Any failure on the way to a host, with its name. */
export function unreachable(
  { name }: Pick<Destination, 'name'>,
  text: string,
  cause: unknown,
): SymphonyError {
  return new SymphonyError('host_unreachable', `${name}: ${text}`, cause === undefined ? {} : { cause });
}

function refusal(destination: Destination, error: unknown, credentials: Credentials | null): string {
  const { user } = destination;
  const offered = credentials?.offered ?? [];
  const remarks = (credentials?.remarks ?? []).map((remark) => `; ${remark}`).join('');
  if (offered.length === 0) {
    return `there is no key to log in as ${user} with; name one with IdentityFile, or put one into an agent${remarks}`;
  }
  const why = isAuthentication(error) ? '' : ` (${errorMessage(error)})`;
  return (
    `${user} was not let in with ${offered.join(', ')}${why}; add the public key to ~/.ssh/authorized_keys of ${user} ` +
    `there, or correct User and IdentityFile${remarks}`
  );
}

/** For people: address and port, with brackets where they are needed. */
function placeOf({ host, port }: Pick<Destination, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function codeOf(error: unknown): string | null {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code) : null;
}

function isSilence(error: unknown): boolean {
  return (
    codeOf(error) === 'ECONNRESET' ||
    codeOf(error) === 'EPIPE' ||
    /before handshake|closed/.test(errorMessage(error))
  );
}

function isTooMany(error: unknown): boolean {
  return /too many authentication failures/i.test(errorMessage(error));
}

function isAuthentication(error: unknown): boolean {
  return error instanceof Error && 'level' in error && error.level === 'client-authentication';
}
