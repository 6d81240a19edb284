import { basename } from 'node:path';
import { watch } from 'chokidar';
import { errorMessage } from '../../domain/error.js';
import type { Clock } from '../../ports/clock.js';
import type { ReportProblem } from '../../ports/tracker.js';
import { isIssueFileName } from './board-files.js';

/** What a watch is made of. */
export interface WatchParts {
  readonly folder: string;
  readonly clock: Clock;
  readonly reportProblem: ReportProblem;
}

/** Saving one file is several events, and a person saves several files at once. */
const QUIET_MS = 100;

/**
 * Calls back soon after issue files changed, and once when the watch stands, for what changed until then. A failure is
 * reported and costs only the promptness: polls go on.
 * @returns the end of the watch, safe to call twice
 */
export function watchBoard({ folder, clock, reportProblem }: WatchParts, onChange: () => void) {
  let cancel: (() => void) | null = null;
  let isClosed = false;
  const changed = (): void => {
    if (isClosed || cancel !== null) return;
    cancel = clock.wakeAt(clock.nowMs() + QUIET_MS, () => {
      cancel = null;
      onChange();
    });
  };
  const failed = (error: unknown): void => {
    const message = `the board ${folder} is not watched, changes show at the next poll: ${errorMessage(error)}`;
    reportProblem({ code: 'tracker_request', message });
  };
  const watcher = watch(folder, { depth: 0, ignoreInitial: true, followSymlinks: false });
  watcher.on('ready', changed);
  watcher.on('error', failed);
  watcher.on('all', (_event, path) => {
    if (isIssueFileName(basename(path))) changed();
  });

  return async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    cancel?.();
    try {
      await watcher.close();
    } catch (error) {
      failed(error);
    }
  };
}
