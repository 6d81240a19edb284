import type { Client, ClientChannel } from 'ssh2';
import { errorMessage, type SymphonyError } from '../../domain/error.js';
import { unreachable } from './connect-failure.js';
import type { Destination } from './destination.js';

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
      client.on('error', (error) => {
        if (!isOfAgent(error)) this.close(reasonOf(error, destination));
      });
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
            reject(
              unreachable(
                this.destination,
                `no way on to ${host}:${port} (${error.message}); see what listens there, and AllowTcpForwarding here`,
                error,
              ),
            );
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
    const text = `its SSH server runs no commands (${error.message}); see its sshd_config and log`;
    return unreachable(this.destination, text, error);
  }

  #lost(error: unknown): SymphonyError {
    this.close(errorMessage(error));
    const why = this.#reason ?? errorMessage(error);
    return unreachable(this.destination, `the connection was lost: ${why}`, error);
  }
}

function reasonOf(error: Error, { aliveIntervalMs, aliveCountMax }: Destination): string {
  if (/keepalive timeout/i.test(error.message)) {
    return `it gave no sign of life for ${(aliveIntervalMs * (aliveCountMax + 1)) / 1_000} s`;
  }
  return error.message;
}

/** An agent that fails is passed over; the other keys are still tried. */
export function isOfAgent(error: Error): boolean {
  return 'level' in error && error.level === 'agent';
}
