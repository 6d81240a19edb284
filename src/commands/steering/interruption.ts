import type { Output } from './output.js';

/**
 * Is aborted by ctrl-c, by a request to end, and once nobody reads what is written (`symphony logs -f MT-1 | head`): so end
 * the commands that would go on for ever, and without an error.
 */
export function interruption({ stdout }: Pick<Output, 'stdout'>): AbortSignal {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  // Not once: what Ink brings along (signal-exit 3) ends a process by the signal that nobody else listens to any more.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  stdout.once('error', end);
  return controller.signal;
}
