import { connect as connectSocket, type Socket } from 'node:net';
import type { Client, ClientChannel } from 'ssh2';
import { errorMessage, type SymphonyError } from '../../domain/error.js';
import type { Clock } from '../../ports/clock.js';
import { within } from '../../ports/within.js';
import { type Credentials, credentialsOf } from './authentication.js';
import { connectFailure, connectTimeout, type Stage, unreachable } from './connect-failure.js';
import { Connection, isOfAgent } from './connection.js';
import { algorithmsOf, socketOptions } from './connection-options.js';
import type { Destination } from './destination.js';
import { ssh2 } from './ssh2.js';

/**
 * Connects and logs in, through other machines where the destination says so.
 * @throws SymphonyError `host_unreachable` with cause and mend
 */
export async function connect(
  destination: Destination,
  clock: Clock,
  signal: AbortSignal,
): Promise<Connection> {
  if (destination.via === null) return open(destination, null, clock, signal);
  const jump = await connect(destination.via, clock, signal);
  try {
    return await open(destination, jump, clock, signal);
  } catch (error) {
    jump.close('what it was for failed');
    throw error;
  }
}

async function open(
  destination: Destination,
  jump: Connection | null,
  clock: Clock,
  signal: AbortSignal,
): Promise<Connection> {
  const { Client } = ssh2();
  const credentials = await credentialsOf(destination, clock);
  const stream = jump === null ? null : await forwarded(jump, destination, clock, signal);
  const client = new Client();
  const socket = stream ?? connectSocket(socketOptions(destination));
  const connection = new Connection(client, destination, () => {
    socket.destroy();
    jump?.close('the connection through it is gone');
  });
  await ready({ client, socket, destination, credentials, clock, signal }, connection);
  return connection;
}

/** The next machine may not answer the one before it either. */
async function forwarded(
  jump: Connection,
  destination: Destination,
  clock: Clock,
  signal: AbortSignal,
): Promise<ClientChannel> {
  const abort = (): void => jump.close('it is not needed any more');
  signal.addEventListener('abort', abort);
  try {
    const forwarding = jump.forward(destination.host, destination.port);
    const stream = await within(clock, destination.connectTimeoutMs, forwarding);
    if (stream === null) throw connectTimeout(destination, 'reaching');
    return stream;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

interface Attempt {
  readonly client: Client;
  readonly socket: Socket | ClientChannel;
  readonly destination: Destination;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Settles once the login is done; after a failure the connection is closed. */
function ready(
  { client, socket, destination, credentials, clock, signal }: Attempt,
  connection: Connection,
): Promise<void> {
  let stage: Stage = 'connecting' in socket ? 'reaching' : 'greeting';
  let refusedKey: string | null = null;
  return new Promise((resolve, reject) => {
    const fail = (error: SymphonyError): void => {
      settle();
      connection.close(error.message);
      reject(error);
    };
    const failWith = (error: unknown): void =>
      fail(
        refusedKey === null
          ? connectFailure(destination, stage, error, credentials)
          : unreachable(destination, refusedKey, error),
      );
    const onError = (error: Error): void => {
      if (!isOfAgent(error)) failWith(error);
    };
    const onClose = (): void => failWith(new Error('the server closed the connection'));
    const onAbort = (): void => fail(unreachable(destination, 'it is not needed any more', signal.reason));
    const cancel = clock.wakeAt(clock.nowMs() + destination.connectTimeoutMs, () =>
      fail(connectTimeout(destination, stage)),
    );
    const settle = (): void => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      client.off('error', onError).off('close', onClose);
    };
    client.on('error', onError).once('close', onClose);
    client.once('connect', () => {
      stage = 'greeting';
    });
    client.once('handshake', () => {
      stage = 'authenticating';
    });
    client.once('ready', () => {
      settle();
      resolve();
    });
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else
      start({ client, socket, destination, credentials }, (reason) => {
        refusedKey = reason;
      });
  });
}

function start(
  { client, socket, destination, credentials }: Omit<Attempt, 'clock' | 'signal'>,
  onRefusedKey: (reason: string) => void,
): void {
  if ('setNoDelay' in socket) socket.setNoDelay(true);
  client.connect({
    sock: socket,
    username: destination.user,
    // The connect timeout is kept by the caller, for all of it together.
    readyTimeout: 0,
    keepaliveInterval: destination.aliveIntervalMs,
    keepaliveCountMax: destination.aliveCountMax,
    algorithms: algorithmsOf(destination),
    hostVerifier: (key: Buffer, verify: (isAccepted: boolean) => void) => {
      void verdict(destination, key).then((reason) => {
        if (reason !== null) onRefusedKey(reason);
        verify(reason === null);
      });
    },
    authHandler: [...credentials.methods],
  });
}

async function verdict({ hostKeys }: Destination, key: Buffer): Promise<string | null> {
  try {
    return await hostKeys.verify(key);
  } catch (error) {
    return `its host key could not be checked: ${errorMessage(error)}`;
  }
}
