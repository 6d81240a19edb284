import { SAMPLE_BOARD, SAMPLE_SNAPSHOT } from './sample-board.js';
import { ENDED_HISTORY, SAMPLE_EXPLANATION, SAMPLE_HISTORY, SAMPLE_TRANSCRIPT } from './sample-issue.js';

/** All that a daemon behind a page or a terminal knows of one day. */
export const SAMPLE_DAY = {
  snapshot: SAMPLE_SNAPSHOT,
  board: SAMPLE_BOARD,
  explanations: [SAMPLE_EXPLANATION],
  histories: [SAMPLE_HISTORY, ENDED_HISTORY],
  transcript: SAMPLE_TRANSCRIPT,
};
