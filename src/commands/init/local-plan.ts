import { existsSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { SymphonyError } from '../../domain/error.js';
import { hasIssues } from '../../trackers/local/first-issue.js';
import { localPaths } from '../../trackers/local/paths.js';
import type { Reading } from '../../workflow/setting.js';
import type { Conversation } from './conversation.js';
import type { InitFlags } from './flags.js';
import type { LocalPlan } from './plan.js';

/** Where a workflow file will stand, and where its writer stands. */
export interface InitPlace {
  /** Absolute. */
  readonly workflowPath: string;
  /** What relative paths of the command line start from. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const DEFAULT_BOARD = 'board';

/**
 * Settles on a board of files.
 * @throws SymphonyError `usage_error`, `tracker_request`
 */
export async function localPlan(
  { board, example }: Pick<InitFlags, 'board' | 'example'>,
  place: InitPlace,
  conversation: Conversation | null,
): Promise<LocalPlan> {
  const fallback = resolve(dirname(place.workflowPath), DEFAULT_BOARD);
  const settled =
    board === undefined && conversation !== null
      ? await conversation.ask('Folder of the board', relative(place.cwd, fallback), (answer) =>
          readBoard(answer, place),
        )
      : orThrow(readBoard(board ?? fallback, place));
  return {
    kind: 'local',
    ...settled,
    wantsExample: await wantsExample(settled.boardPath, example, conversation),
  };
}

async function wantsExample(
  boardPath: string,
  flag: true | undefined,
  conversation: Conversation | null,
): Promise<boolean> {
  if (flag === true || conversation === null) return flag === true;
  if (await hasIssues(boardPath)) return false;
  return await conversation.confirm('Put an example issue on it');
}

/** The board as the file names it; relative to the file unless it was given as a path from elsewhere. */
function readBoard(given: string, place: InitPlace): Reading<Pick<LocalPlan, 'board' | 'boardPath'>> {
  const workflowDir = dirname(place.workflowPath);
  const isFromElsewhere = /^(~(\/|$)|\$\w+$)/.test(given);
  const path = resolve(place.cwd, given);
  const fromFile = relative(workflowDir, path);
  const board = isFromElsewhere ? given : isAbsolute(given) && fromFile.startsWith('..') ? path : fromFile;
  if (board === '') return { problem: 'the board needs a folder of its own, not that of the workflow file' };
  try {
    const boardPath = localPaths({ path: board }, { workflowDir, env: place.env }).board;
    // One that is not there is made when the daemon starts.
    if (existsSync(boardPath) && !statSync(boardPath).isDirectory()) {
      return { problem: `${boardPath} is a file; the board is a folder, with a file for each issue` };
    }
    return { value: { board, boardPath } };
  } catch (error) {
    if (error instanceof SymphonyError) return { problem: error.message };
    throw error;
  }
}

function orThrow<T>(reading: Reading<T>): T {
  if ('value' in reading) return reading.value;
  throw new SymphonyError('usage_error', `--board: ${reading.problem}`);
}
