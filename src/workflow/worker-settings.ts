import { SymphonyError } from '../domain/error.js';
import type { Settings } from '../domain/settings.js';
import { destinationProblem } from '../domain/ssh-destination.js';
import type { WorkflowConfig } from './schema.js';
import type { ResolveContext } from './settings.js';

const KEY = 'worker.ssh_hosts';

/**
 * The machines to work on (SPEC Appendix A), each once; what their names lead to is a matter of the SSH configuration.
 * A name that could not be one is refused here, by its place in the list.
 */
export function workerSettings(
  { ssh_hosts: written, max_concurrent_agents_per_host: limit }: WorkflowConfig['worker'],
  { refuse, warn }: Pick<ResolveContext, 'refuse' | 'warn'>,
): Settings['worker'] {
  for (const [index, name] of written.entries()) {
    const entry = `${KEY}[${index}] ${JSON.stringify(name)}`;
    const problem = destinationProblem(name);
    if (problem !== null) refuse(KEY, new SymphonyError('invalid_workflow_config', `${entry}: ${problem}`));
    else if (written.indexOf(name) < index) {
      const message = `${entry} is in the list already, and counts once`;
      warn({ code: 'duplicate_value', key: KEY, message });
    }
  }
  return { sshHosts: [...new Set(written)], maxConcurrentAgentsPerHost: limit };
}
