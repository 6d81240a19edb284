import { trackerAdapters } from '../../../src/trackers/registry.js';
import { parseWorkflow } from '../../../src/workflow/load.js';

type Env = Readonly<Record<string, string>>;

/** A key that looks like Linear's. */
export const KEY = 'lin_api_0123456789abcdefABCDEF';
/** The least that a file must say, where the key comes from the environment. */
export const SLUG = 'project_slug: payments-0123456789ab';

/** A workflow file with these keys below `tracker.provider`, and these beside it, as the daemon reads it. */
export function linearFile(
  { provider = [], flat = [] }: { provider?: readonly string[]; flat?: readonly string[] },
  env: Env = { LINEAR_API_KEY: KEY },
) {
  const text = [
    '---',
    'tracker:',
    '  kind: linear',
    ...flat.map((line) => `  ${line}`),
    '  provider:',
    ...(provider.length === 0 ? ['    {}'] : provider.map((line) => `    ${line}`)),
    '---',
    'Work on it.',
  ].join('\n');
  const known = { trackers: trackerAdapters, agents: ['codex'] };
  return parseWorkflow('/srv/team/WORKFLOW.md', text, { env, known });
}
