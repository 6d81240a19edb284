import { connect as connectSocket, type Socket } from 'node:net';
import type { Client, ClientChannel } from 'ssh2';
import { errorMessage, SymphonyError } from '../../domain/error.js';
import type { Clock } from '../../ports/clock.js';
import { type Credentials, credentialsOf } from './authentication.js';
import { connectFailure, connectTimeout, type Stage, unreachable } from './connect-failure.js';
import { algorithmsOf, socketOptions } from './connection-options.js';
import type { Destination } from './destination.js';
import { ssh2 } from './ssh2.js';

/** The server opens no further session on this connection (`MaxSessions`). */
export class SessionRefused extends Error {}

/** One SSH connection to a machine; many sessions can be opened on it. */
export class Connection {
  /** Settles with the reason once it is gone; never rejects. */
  readonly closed: Promise<string>;
  readonly destination: Destination;
  readonly #client: Client;
  readonly #cut: () => void;
  #reason: string | null = null;
  #isClosed = false;

  /** `cut` ends what the connection is made over, also where the other side does not answer. */
  constructor(client: Client, destination: Destination, cut: () => void) {
    this.#client = client;
    this.destination = destination;
    this.#cut = cut;
    this.closed = new Promise((resolve) => {
      client.on('error', (error) => this.close(reasonOf(error, destination)));
      client.once('close', () => {
        this.#isClosed = true;
        this.#reason ??= 'the server closed the connection';
        cut();
        resolve(this.#reason);
      });
    });
  }

  /** Why it cannot be used any more; null while it can. */
  get reason(): string | null {
    return this.#reason;
  }

  /**
   * Runs a command in a session of its own.
   * @throws SessionRefused, or SymphonyError `host_unreachable` when the connection is lost meanwhile, or
   *   `process_spawn_failed` where no commands may be run
   */
  exec(command: string): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      this.#attempt(reject, () =>
        this.#client.exec(command, (error, channel) => {
          if (error === undefined) resolve(channel);
          else if ('reason' in error) reject(new SessionRefused(error.message));
          else if (this.#reason === null) reject(this.#noCommands(error));
          else reject(this.#lost(error));
        }),
      );
    });
  }

  /** A stream to an address that the machine can reach (ProxyJump). */
  forward(host: string, port: number): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      this.#attempt(reject, () =>
        this.#client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
          if (error === undefined) resolve(channel);
          else
            reject(unreachable(this.destination, `no way on to ${host}:${port} (${error.message})`, error));
        }),
      );
    });
  }

  /** Ends it now, with all its sessions. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.#reason ??= reason;
    this.#client.end();
    this.#cut();
  }

  #attempt(reject: (error: unknown) => void, operation: () => void): void {
    try {
      operation();
    } catch (error) {
      // Not connected any more.
      reject(this.#lost(error));
    }
  }

  #noCommands(error: Error): SymphonyError {
    const text = `${this.destination.name}: its SSH server runs no commands (${error.message}): see its sshd_config and log`;
    return new SymphonyError('process_spawn_failed', text, { cause: error });
  }

  #lost(error: unknown): SymphonyError {
    this.close(errorMessage(error));
    const why = this.#reason ?? errorMessage(error);
    return unreachable(this.destination, `the connection was lost: ${why}`, error);
  }
}

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
  const { Client } = await ssh2();
  const credentials = await credentialsOf(destination);
  const stream = jump === null ? null : await jump.forward(destination.host, destination.port);
  const client = new Client();
  const socket = stream ?? connectSocket(socketOptions(destination));
  const cut = (): void => {
    socket.destroy();
    jump?.close('the connection through it is gone');
  };
  await ready({ client, socket, destination, credentials, clock, signal }, cut);
  return new Connection(client, destination, cut);
}

interface Attempt {
  readonly client: Client;
  readonly socket: Socket | ClientChannel;
  readonly destination: Destination;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Settles once the login is done; after a failure everything is cut. */
function ready(
  { client, socket, destination, credentials, clock, signal }: Attempt,
  cut: () => void,
): Promise<void> {
  let stage: Stage = 'connecting' in socket ? 'reaching' : 'greeting';
  let refusedKey: string | null = null;
  return new Promise((resolve, reject) => {
    const fail = (error: SymphonyError): void => {
      settle();
      // What is still said by the library after this is of no interest.
      client.on('error', () => {});
      cut();
      reject(error);
    };
    const failWith = (error: unknown): void =>
      fail(
        refusedKey === null
          ? connectFailure(destination, stage, error, credentials)
          : unreachable(destination, refusedKey, error),
      );
    const onError = (error: Error): void => {
      // An agent that fails is passed over; the other keys are still tried.
      if (!('level' in error && error.level === 'agent')) failWith(error);
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

function reasonOf(error: Error, { aliveIntervalMs, aliveCountMax }: Destination): string {
  if (/keepalive timeout/i.test(error.message)) {
    return `it gave no sign of life for ${(aliveIntervalMs * (aliveCountMax + 1)) / 1_000} s`;
  }
  return error.message;
}
