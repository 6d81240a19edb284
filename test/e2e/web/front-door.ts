import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * The address of a daemon that comes and goes. The port stays taken meanwhile: one that is free for a moment may be given
 * to a server of another test. Who knocks while nobody is there is turned away.
 */
export class FrontDoor {
  readonly #open = new Set<Socket>();
  readonly #server = createServer((near) => this.#enter(near));
  #behind: number | null = null;

  /** Opens it at any free port, which is returned. */
  async open(): Promise<number> {
    // It keeps nobody from ending.
    this.#server.listen(0, '127.0.0.1').unref();
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the front door has no port');
    return address.port;
  }

  /** From now on new connections go to this port; null: nobody is there. */
  leadTo(port: number | null): void {
    this.#behind = port;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #enter(near: Socket): void {
    if (this.#behind === null) {
      near.on('error', () => {});
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#behind, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#open.add(socket);
      // Whoever breaks a connection off breaks it off for both.
      socket.on('error', () => {});
      socket.once('close', () => {
        this.#open.delete(socket);
        other.destroy();
      });
      socket.setNoDelay().pipe(other);
    }
  }
}
