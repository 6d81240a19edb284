import { constants } from 'node:os';
import { type Daemon, type DaemonEnd, type DaemonOptions, startDaemon } from '../daemon.js';

/** The daemon bounds its own stop; this only catches a stop that hangs all the same. */
const STOP_LIMIT_MS = 15_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

/**
 * Runs the daemon until it ends by itself or by a signal, and returns the exit code.
 * @throws SymphonyError when the daemon cannot start
 */
export async function run(options: DaemonOptions): Promise<number> {
  const signals = listenToSignals();
  try {
    const daemon = await startDaemon(options);
    const first = await Promise.race([daemon.ended, signals.first]);
    const end = typeof first === 'string' ? await stopped(daemon) : first;
    return exitCodeOf(end, options);
  } finally {
    signals.close();
  }
}

interface SignalListener {
  /** The first signal; a second one ends the process at once. */
  readonly first: Promise<Signal>;
  close(): void;
}

function listenToSignals(): SignalListener {
  let received = false;
  let resolveFirst: (signal: Signal) => void;
  const first = new Promise<Signal>((resolve) => {
    resolveFirst = resolve;
  });
  const onSignal = (signal: Signal) => {
    // Whoever asks twice does not want to wait. The supervisors of the agents end them when this process is gone.
    if (received) process.exit(128 + constants.signals[signal]);
    received = true;
    resolveFirst(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    first,
    close: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}

async function stopped(daemon: Daemon): Promise<DaemonEnd> {
  let limit: NodeJS.Timeout | undefined;
  const overdue = new Promise<DaemonEnd>((resolve) => {
    limit = setTimeout(() => {
      resolve({ kind: 'crashed', error: new Error(`the daemon did not stop within ${STOP_LIMIT_MS} ms`) });
    }, STOP_LIMIT_MS);
  });
  try {
    return await Promise.race([daemon.stop('signal').then(() => daemon.ended), overdue]);
  } finally {
    clearTimeout(limit);
  }
}

function exitCodeOf(end: DaemonEnd, { stdout }: DaemonOptions): number {
  switch (end.kind) {
    case 'idle':
      stdout.write(`${end.summary.trimEnd()}\n`);
      return end.failed ? 1 : 0;
    case 'stopped':
      return 0;
    case 'crashed':
      throw end.error;
  }
}
