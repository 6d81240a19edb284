import { SymphonyError } from '../../domain/error.js';
import { INIT_TRACKERS, type InitAgent, type InitTracker } from './plan.js';

/** What `symphony init` was told on its command line; undefined is left open. */
export interface InitFlags {
  readonly tracker?: InitTracker;
  readonly board?: string;
  readonly example?: true;
  readonly project?: string;
  readonly apiKeyEnv?: string;
  readonly endpoint?: string;
  readonly agent?: InitAgent;
  readonly repo?: string;
}

/** The flags that mean something for one tracker only. */
const OF_TRACKER = {
  local: { board: '--board', example: '--example' },
  linear: { project: '--project', apiKeyEnv: '--api-key-env', endpoint: '--endpoint' },
} as const;

/**
 * The tracker that the flags name or mean; null when they leave it open.
 * @throws SymphonyError `usage_error` for flags of the other one
 */
export function trackerOf(flags: InitFlags): InitTracker | null {
  const meant = INIT_TRACKERS.filter((kind) => flagsOf(kind, flags).length > 0);
  const tracker = flags.tracker ?? (meant.length === 1 ? meant[0] : undefined) ?? null;
  const [stranger] = INIT_TRACKERS.filter((kind) => kind !== (tracker ?? meant[0])).flatMap((kind) =>
    flagsOf(kind, flags).map((flag) => ({ flag, kind })),
  );
  if (stranger === undefined) return tracker;
  const { flag, kind } = stranger;
  throw new SymphonyError(
    'usage_error',
    `${flag} belongs to --tracker ${kind}; leave it out or choose that tracker`,
  );
}

/** An answer that nobody was there to give. */
export function unanswered(flag: string, meaning: string): SymphonyError {
  return new SymphonyError(
    'usage_error',
    `${flag} is missing: ${meaning}. Without a terminal nothing is asked; give the option`,
  );
}

function flagsOf(kind: InitTracker, flags: InitFlags): string[] {
  return Object.entries(OF_TRACKER[kind]).flatMap(([name, flag]) =>
    Object.entries(flags).some(([given, value]) => given === name && value !== undefined) ? [flag] : [],
  );
}
