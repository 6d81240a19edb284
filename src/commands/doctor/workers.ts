import { SymphonyError } from '../../domain/error.js';
import { type Finding, failure, ok } from '../../domain/finding.js';
import type { ConfigContext } from '../../hosts/ssh/config/context.js';
import { examineDestination } from '../../hosts/ssh/config/resolve.js';
import { wayOf } from '../../hosts/ssh/config/way.js';
import type { Clock } from '../../ports/clock.js';
import type { Host, Hosts } from '../../ports/host.js';
import { type Check, findingsOf } from './check.js';

/** What workers are examined with. */
export interface WorkerExamination {
  readonly context: ConfigContext;
  readonly hosts: Hosts;
  readonly clock: Clock;
  /** What is looked at on a machine that answers. */
  readonly checksOn: (host: Host) => readonly Check[];
}

/** For all that is looked at on one machine, and the way there. */
const WORKER_LIMIT_MS = 60_000;

/** Looks at each worker, all at once; on one that does not answer, or runs no command, nothing else is looked for. */
export function workerChecks(names: readonly string[], examination: WorkerExamination): readonly Check[] {
  return names.map((name) => ({
    name,
    limitMs: WORKER_LIMIT_MS,
    mendOfSilence: 'see the load of that machine and the network',
    run: () => examineWorker(name, examination),
  }));
}

async function examineWorker(
  name: string,
  { context, hosts, clock, checksOn }: WorkerExamination,
): Promise<readonly Finding[]> {
  try {
    const { destination, warnings } = await examineDestination(name, context);
    await hosts.reach(name);
    // One that runs no command at all (ForceCommand, nologin) lacks neither bash nor git, so nobody should install them.
    await hosts.get(name).absolutePath('~');
    const found = await findingsOf(checksOn(hosts.get(name)), clock);
    return [
      ok(name, `answers at ${wayOf(destination)}`),
      ...warnings.map((message) => ({ ...failure(name, { message }), verdict: 'warning' as const })),
      ...found.map((finding) => ({ ...finding, name: `${name} ${finding.name}` })),
    ];
  } catch (error) {
    if (!(error instanceof SymphonyError)) throw error;
    // The name stands before it already.
    const message = error.message.startsWith(`${name}: `)
      ? error.message.slice(name.length + 2)
      : error.message;
    return [failure(name, { message })];
  }
}
