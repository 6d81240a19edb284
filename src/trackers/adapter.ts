import type { Finding } from '../domain/finding.js';
import type { TrackerSettings } from '../domain/settings.js';
import type { Clock } from '../ports/clock.js';
import type { ReportProblem, Tracker } from '../ports/tracker.js';

/** The environment as it was given to the program; adapters read no other. */
type Environment = Readonly<Record<string, string | undefined>>;

/** The settings that an adapter checks and reads secrets from. */
type AdapterSettings = Pick<TrackerSettings, 'provider' | 'activeStates' | 'terminalStates'>;

/** Where a configuration comes from; relative paths start at the workflow file's directory. */
export interface AdapterOrigin {
  readonly workflowDir: string;
  readonly env: Environment;
}

/** All that a tracker is made of. */
export interface TrackerContext extends AdapterOrigin {
  readonly tracker: TrackerSettings;
  readonly clock: Clock;
  readonly reportProblem: ReportProblem;
  /**
   * False for a reload or a preview, which lay a seed only where there was no board yet; a start lays a finished one
   * anew.
   */
  readonly isStart?: boolean;
  /** Tells a person something worth knowing that is no problem. */
  readonly notice: (message: string) => void;
}

/** What an examination looks at; aborting the signal ends it by rejecting. */
export interface TrackerExamination extends AdapterOrigin {
  readonly tracker: TrackerSettings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * What is known of a kind of tracker before one is made (SPEC 11.2). Everything but `create` is cheap and touches
 * nothing outside, so that a file can be validated without a tracker.
 */
export interface TrackerAdapter {
  readonly kind: string;
  /** States that apply when the file names none; null when it must name them. */
  readonly defaultActiveStates: readonly string[] | null;
  readonly defaultTerminalStates: readonly string[] | null;
  /**
   * @throws SymphonyError `invalid_tracker_config`, `missing_tracker_secret`; of several faults the first, with an
   * `AggregateError` of all as its cause
   */
  validate(tracker: AdapterSettings, origin: AdapterOrigin): void;
  /** What is worth telling about keys that do no harm, such as a misspelt one; texts name key and mend. */
  warnings?(tracker: AdapterSettings): readonly string[];
  /** Where people see the tracker's scope; null or left out where there is no such page. */
  projectUrl?(tracker: AdapterSettings, env: Environment): string | null;
  /** Environment names that no child process may inherit. */
  secretEnvironmentNames(tracker: AdapterSettings): readonly string[];
  /** What must never be shown, with `$VAR` resolved. */
  secretValues(tracker: AdapterSettings, env: Environment): readonly string[];
  /**
   * Asks the provider, for a person, whether what settings that `validate` accepts speak of is there: access, the project,
   * the states by their names. Changes nothing. What fails is a finding; left out where there is nobody to ask.
   */
  examine?(examination: TrackerExamination): Promise<readonly Finding[]>;
  /**
   * Loads the adapter's code and makes a tracker of settings that `validate` accepts.
   * @throws SymphonyError of SPEC 11.4's categories
   */
  create(context: TrackerContext): Promise<Tracker>;
}
