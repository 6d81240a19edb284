import type { Output } from './output.js';

/**
 * Is aborted by ctrl-c, by a request to end, and once nobody reads what is written (`symphony logs -f MT-1 | head`): so end
 * the commands that would go on for ever, and without an error.
 */
export function interruption({ stdout }: Pick<Output, 'stdout'>): AbortSignal {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  stdout.once('error', end);
  return controller.signal;
}
