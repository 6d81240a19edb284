import { type FSWatcher, watch } from 'node:fs';
import { basename } from 'node:path';
import { errorMessage } from '../../domain/error.js';
import type { Clock } from '../../ports/clock.js';
import type { ReportProblem } from '../../ports/tracker.js';
import { isIssueFileName } from './board-files.js';

/** What a watch is made of. */
export interface WatchParts {
  readonly folder: string;
  readonly clock: Clock;
  readonly reportProblem: ReportProblem;
  /** Whether a file stands as we wrote it last. */
  readonly isOwn: (name: string) => Promise<boolean>;
}

/** Saving one file is several events, and a person saves several files at once. */
const QUIET_MS = 100;

/**
 * Calls back soon after issue files changed. Not after what an agent wrote through its tool: were the board read at
 * once, a run whose agent just moved its issue to Done would be stopped in the middle of its last turn. A failure is
 * reported and costs only the promptness: polls go on. Returns the end of the watch, safe to call twice.
 *
 * Node's own watch of the folder, because chokidar 5 holds one watch per file, 2,000 for 2,000 issues, and swallows
 * a change that follows another one of the same file within 50 ms, which may be after we have read the file.
 */
export function watchBoard(
  { folder, clock, reportProblem, isOwn }: WatchParts,
  onChange: () => void,
): () => void {
  let cancel: (() => void) | null = null;
  let watcher: FSWatcher | null = null;
  const stop = (): void => {
    cancel?.();
    cancel = null;
    watcher?.close();
    watcher = null;
  };
  const failed = (reason: string): void => {
    stop();
    const message = `the board ${folder} is not watched, changes show at the next poll: ${reason}`;
    reportProblem({ code: 'tracker_request', message });
  };
  const changed = (): void => {
    if (watcher === null) return;
    cancel ??= clock.wakeAt(clock.nowMs() + QUIET_MS, () => {
      cancel = null;
      onChange();
    });
  };
  try {
    watcher = watch(folder, (_event, name) => {
      if (watcher === null) return;
      if (name === null) changed();
      else if (isIssueFileName(name)) isOwn(name).then((own) => own || changed(), changed);
      // The folder itself was moved or removed; the watch would follow it, or be silent for ever.
      else if (name === basename(folder)) failed('the folder was moved or removed');
    });
    watcher.on('error', (error) => failed(errorMessage(error)));
  } catch (error) {
    failed(errorMessage(error));
  }
  return stop;
}
