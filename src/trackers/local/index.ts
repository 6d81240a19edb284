import type { Tracker } from '../../ports/tracker.js';
import type { TrackerContext } from '../adapter.js';
import { boardReads } from '../board-reads.js';
import { boardTools } from '../board-tool.js';
import { type BoardFiles, makeBoardFolder, realBoardFiles } from './board-files.js';
import { LocalBoard } from './local-board.js';
import { localPaths } from './paths.js';
import { seedBoard } from './seed.js';
import { watchBoard } from './watch.js';

/**
 * The tracker over a folder of Markdown files; makes the folder and lays the seed.
 * @throws SymphonyError `tracker_request`, `invalid_tracker_config`
 */
export async function createLocalTracker(
  context: TrackerContext,
  files: BoardFiles = realBoardFiles,
): Promise<Tracker> {
  const { tracker, clock, reportProblem, notice, isStart = true } = context;
  const { board: folder, seed } = localPaths(tracker.provider, context);
  const { terminalStates } = tracker;
  const isNew = await makeBoardFolder(folder);
  if (seed !== null && (isStart || isNew))
    await seedBoard({ folder, seed, files, terminalStates, reportProblem, notice });

  const board = new LocalBoard({ folder, files, states: tracker, reportProblem });
  const watches = new Set<() => void>();
  return {
    kind: tracker.kind,
    scope: folder,
    ...boardReads((signal) => board.view(signal)),
    watch(onChange) {
      const stop = watchBoard({ folder, clock, reportProblem, isOwn: (name) => board.isOwn(name) }, onChange);
      watches.add(stop);
      return () => {
        watches.delete(stop);
        stop();
      };
    },
    tools: boardTools({ name: 'local_issue', board, tracker, clock, reportProblem }),
    close() {
      for (const stop of watches) stop();
      watches.clear();
      return Promise.resolve();
    },
  };
}
