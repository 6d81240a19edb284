import { SymphonyError } from '../../domain/error.js';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { TrackerAdapter } from '../adapter.js';
import { BOARD_ACTIVE_STATES, BOARD_TERMINAL_STATES } from '../board-states.js';
import { unknownKeys } from '../unknown-keys.js';

/** A board that is forgotten when the daemon ends; its issues stand in the workflow file. */
export const memoryAdapter: TrackerAdapter = {
  kind: 'memory',
  defaultActiveStates: BOARD_ACTIVE_STATES,
  defaultTerminalStates: BOARD_TERMINAL_STATES,
  validate(tracker) {
    memoryIssues(tracker.provider);
  },
  warnings: ({ provider }) => unknownKeys(provider, ['issues']),
  secretEnvironmentNames: () => [],
  secretValues: () => [],
  async create({ tracker, clock, reportProblem }) {
    const { memoryTracker } = await import('./index.js');
    return memoryTracker({ issues: memoryIssues(tracker.provider), tracker, clock, reportProblem });
  },
};

/**
 * Reads `provider.issues`: a list of maps.
 * @throws SymphonyError `invalid_tracker_config`
 */
function memoryIssues(provider: JsonObject): readonly JsonObject[] {
  const issues = provider['issues'] ?? [];
  if (!isList(issues)) throw invalid('issues', 'is not a list; write one map of fields per issue');
  return issues.map((issue, index) => {
    if (isObject(issue)) return issue;
    throw invalid(`issues[${index}]`, 'is not a map; write fields such as identifier, title and state');
  });
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(key: string, problem: string): SymphonyError {
  return new SymphonyError('invalid_tracker_config', `tracker.provider.${key} ${problem}`);
}
