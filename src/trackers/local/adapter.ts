import type { TrackerAdapter } from '../adapter.js';
import { BOARD_ACTIVE_STATES, BOARD_TERMINAL_STATES } from '../board-states.js';
import { unknownKeys } from '../unknown-keys.js';
import { localPaths } from './paths.js';

/** A board of Markdown files in a folder; see docs/trackers/local.md. */
export const localAdapter: TrackerAdapter = {
  kind: 'local',
  defaultActiveStates: BOARD_ACTIVE_STATES,
  defaultTerminalStates: BOARD_TERMINAL_STATES,
  validate(tracker, origin) {
    localPaths(tracker.provider, origin);
  },
  warnings: ({ provider }) => unknownKeys(provider, ['path', 'seed']),
  secretEnvironmentNames: () => [],
  secretValues: () => [],
  async examine(examination) {
    const { examineLocal } = await import('./examine.js');
    return await examineLocal(examination);
  },
  async create(context) {
    const { createLocalTracker } = await import('./index.js');
    return await createLocalTracker(context);
  },
};
