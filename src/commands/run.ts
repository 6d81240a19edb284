import { constants } from 'node:os';
import { type Daemon, type DaemonEnd, type DaemonOptions, startDaemon } from '../daemon.js';
import { SymphonyError } from '../domain/error.js';

/** The daemon bounds its own stop; this only catches a stop that hangs all the same. */
const STOP_LIMIT_MS = 15_000;

/**
 * One wish to end it can come as two signals: `timeout` and npm pass on what the whole process group has got already. A
 * person who asks again takes longer.
 */
const SAME_WISH_MS = 300;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

/**
 * Runs the daemon until it ends by itself or by a signal, and returns the exit code.
 * @throws SymphonyError when the daemon cannot start
 */
export async function run(options: DaemonOptions): Promise<number> {
  const signals = listenToSignals();
  const starting = startDaemon(options);
  const ended = starting.then((daemon) => daemon.ended);
  try {
    const first = await Promise.race([ended, signals.first]);
    if (typeof first !== 'string') return exitCodeOf(first, null, options);
    return exitCodeOf(await stopped(starting), first, options);
  } finally {
    signals.close();
  }
}

interface SignalListener {
  /** The first signal; a second one ends the process at once, unless it is the same wish once more. */
  readonly first: Promise<Signal>;
  close(): void;
}

function listenToSignals(): SignalListener {
  let receivedAtMs: number | null = null;
  let resolveFirst: (signal: Signal) => void;
  const first = new Promise<Signal>((resolve) => {
    resolveFirst = resolve;
  });
  const onSignal = (signal: Signal) => {
    const nowMs = performance.now();
    if (receivedAtMs === null) {
      receivedAtMs = nowMs;
      resolveFirst(signal);
    } else if (nowMs - receivedAtMs > SAME_WISH_MS) {
      // Whoever asks twice does not want to wait. The supervisors of the agents end them when this process is gone.
      process.exit(exitCodeBy(signal));
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    first,
    close: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}

/** Stops a daemon, also one that is still starting. */
async function stopped(starting: Promise<Daemon>): Promise<DaemonEnd> {
  let limit: NodeJS.Timeout | undefined;
  const overdue = new Promise<DaemonEnd>((resolve) => {
    const seconds = STOP_LIMIT_MS / 1000;
    const error = new SymphonyError(
      'internal_error',
      `the daemon did not stop within ${seconds} s and is ended now`,
    );
    limit = setTimeout(() => resolve({ kind: 'crashed', error }), STOP_LIMIT_MS);
  });
  const inOrder = async (): Promise<DaemonEnd> => {
    const daemon = await starting;
    await daemon.stop('signal');
    return await daemon.ended;
  };
  try {
    return await Promise.race([inOrder(), overdue]);
  } finally {
    clearTimeout(limit);
  }
}

function exitCodeOf(
  end: DaemonEnd,
  signal: Signal | null,
  { stdout, dashboard, untilIdle }: DaemonOptions,
): number {
  switch (end.kind) {
    case 'idle':
      stdout.write(`${end.summary.trimEnd()}\n`);
      return end.failed ? 1 : 0;
    case 'stopped':
      // Without a dashboard the log says so on this terminal.
      if (dashboard) stdout.write(`${end.farewell}\n`);
      // To stop a daemon is no failure; to stop one that was to work until nothing is left breaks it off.
      return untilIdle && signal !== null ? exitCodeBy(signal) : 0;
    case 'crashed':
      throw end.error;
  }
}

/** As a shell tells the end of a program by a signal. */
function exitCodeBy(signal: Signal): number {
  return 128 + constants.signals[signal];
}
