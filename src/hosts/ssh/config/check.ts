import { SymphonyError } from '../../../domain/error.js';
import type { ConfigContext } from './context.js';
import { type ExaminedDestination, examineDestination } from './resolve.js';

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
  const places = new Map<string, string>();
  return found.flatMap(({ destination: { name, host, port, user, via } }) => {
    const place = `${user}@${host}:${port} through ${via?.name}`;
    const other = places.get(place);
    places.set(place, other ?? name);
    if (other === undefined) return [];
    return [`${other} and ${name} are the same machine, ${host}:${port}: it counts as two; remove one`];
  });
}
