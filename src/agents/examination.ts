import type { Settings } from '../domain/settings.js';
import type { Clock } from '../ports/clock.js';
import type { Host } from '../ports/host.js';

/** What an examination of the configured agent looks at. */
export interface AgentExamination {
  readonly settings: Pick<Settings, 'agent' | 'codex'>;
  readonly host: Host;
  readonly clock: Clock;
  /** Environment names that no child may inherit. */
  readonly secretEnvironmentNames: readonly string[];
  /** Whether a login shell on the host, in which agents are started, has a variable that is not empty. */
  readonly isSet: (variable: string) => Promise<boolean>;
  /** Ends the examination, and what it started, by rejecting. */
  readonly signal: AbortSignal;
}
