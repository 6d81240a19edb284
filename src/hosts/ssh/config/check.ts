import { SymphonyError } from '../../../domain/error.js';
import type { ConfigContext } from './context.js';
import { type ExaminedDestination, examineDestination } from './resolve.js';
import { wayOf } from './way.js';

/**
 * Looks at what OpenSSH's configuration says about the machines of `worker.ssh_hosts`, without connecting to any, and
 * returns what is worth telling.
 * @throws SymphonyError `invalid_workflow_config` when no machine could be reached as it says, all of it in one
 */
export async function checkDestinations(
  names: readonly string[],
  context: ConfigContext,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const found: ExaminedDestination[] = [];
  for (const [index, name] of names.entries()) {
    try {
      found.push(await examineDestination(name, context));
    } catch (error) {
      if (!(error instanceof SymphonyError)) throw error;
      problems.push(`worker.ssh_hosts[${index}] ${name}: ${error.message}`);
    }
  }
  if (problems.length > 0) throw new SymphonyError('invalid_workflow_config', problems.join('\n'));
  return [...new Set([...found.flatMap(({ warnings }) => warnings), ...twins(found)])];
}

/** A machine under two names has twice the agents that one was meant to have. */
function twins(found: readonly ExaminedDestination[]): string[] {
  const names = new Map<string, string>();
  return found.flatMap(({ destination }) => {
    const way = wayOf(destination);
    const other = names.get(way);
    if (other === undefined) {
      names.set(way, destination.name);
      return [];
    }
    return [`${other} and ${destination.name} are the same machine, ${way}: it counts as two; remove one`];
  });
}
