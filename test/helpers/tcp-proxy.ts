import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Ending } from './board-daemon.js';

/** A way to a port of this machine with faults; closed after the test. */
export interface TcpProxy {
  readonly port: number;
  /** Connections that were made through it so far. */
  readonly accepted: () => number;
  /** From now on nothing goes through, also not on new connections, and nobody is told. */
  readonly freeze: () => void;
  /** The same for those that are there; new ones go through. */
  readonly freezeOpen: () => void;
  /** From now on nothing comes back on those that are there; what is sent goes through. */
  readonly freezeAnswers: () => void;
  /** The other way round. */
  readonly freezeRequests: () => void;
  /** Everything goes on, and what was kept back arrives. */
  readonly thaw: () => void;
  /** Breaks all connections. */
  readonly reset: () => void;
  /** Breaks one of them, the oldest first. */
  readonly resetOldest: () => void;
  /** From now on each piece of data arrives so much later; `lost` of ten pieces are sent again, which takes much longer. */
  readonly degrade: (delayMs: number, lost?: number) => void;
  /** Ends new connections at once, this many times. */
  readonly turnAway: (times: number) => void;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** As long as TCP takes at first to send again. */
const AGAIN_MS = 200;

export async function startTcpProxy(
  target: number | (() => number),
  ending: Ending = { onTestFinished },
): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let accepted = 0;
  let isFrozen = false;
  let turnedAway = 0;
  let delayMs = 0;
  let lost = 0;
  let pieces = 0;
  const latencyMs = (): number => {
    pieces += 1;
    return delayMs + (pieces % 10 < lost ? AGAIN_MS : 0);
  };
  const server = createServer((near) => {
    near.on('error', () => {});
    if (turnedAway > 0) {
      turnedAway -= 1;
      near.destroy();
      return;
    }
    accepted += 1;
    const far = connect(typeof target === 'number' ? target : target(), '127.0.0.1');
    far.on('error', () => near.destroy());
    const pair = { near, far };
    pairs.add(pair);
    forward(near, far, latencyMs);
    forward(far, near, latencyMs);
    near.once('close', () => {
      pairs.delete(pair);
      far.destroy();
    });
    far.once('close', () => near.destroy());
    if (isFrozen) pause(pair);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const freezeOpen = (): void => {
    for (const pair of pairs) pause(pair);
  };
  const cut = (pair: Pair): void => {
    pair.near.resetAndDestroy();
    pair.far.resetAndDestroy();
    pairs.delete(pair);
  };
  ending.onTestFinished(async () => {
    server.close();
    for (const { near, far } of pairs) {
      near.destroy();
      far.destroy();
    }
    await once(server, 'close');
  });
  return {
    port: address.port,
    accepted: () => accepted,
    freeze: () => {
      isFrozen = true;
      freezeOpen();
    },
    freezeOpen,
    freezeAnswers: () => {
      for (const { far } of pairs) far.pause();
    },
    freezeRequests: () => {
      for (const { near } of pairs) near.pause();
    },
    thaw: () => {
      isFrozen = false;
      for (const { near, far } of pairs) {
        near.resume();
        far.resume();
      }
    },
    reset: () => [...pairs].forEach(cut),
    resetOldest: () => [...pairs].slice(0, 1).forEach(cut),
    degrade: (delay, lostOfTen = 0) => {
      delayMs = delay;
      lost = lostOfTen;
    },
    turnAway: (times) => {
      turnedAway = times;
    },
  };
}

function pause({ near, far }: Pair): void {
  near.pause();
  far.pause();
}

/** Passes data on in order, each piece after its latency. */
function forward(from: Socket, to: Socket, latencyMs: () => number): void {
  let passed = Promise.resolve();
  from.on('data', (chunk) => {
    const ms = latencyMs();
    if (ms === 0) {
      void passed.then(() => to.write(chunk));
      return;
    }
    const due = new Promise<void>((resolve) => setTimeout(resolve, ms));
    passed = passed.then(() => due).then(() => void to.write(chunk));
  });
  from.once('end', () => void passed.then(() => to.end()));
}
