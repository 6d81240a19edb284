import { z } from 'zod';
import { SymphonyError } from '../../domain/error.js';
import { type Finding, failure, ok, warning } from '../../domain/finding.js';
import { normalizedLabels } from '../../domain/issue.js';
import type { JsonObject } from '../../domain/json.js';
import { packageVersion } from '../../files/package.js';
import type { TrackerExamination } from '../adapter.js';
import { labelFindings } from '../label-findings.js';
import type { LinearClient } from './client.js';
import { type LinearConfig, linearConfig, variableName } from './config.js';
import { FIND_LABELS } from './documents.js';
import { HttpLinearClient } from './graphql-client.js';
import { plainName } from './names.js';
import { type Orientation, Orienting, parsed } from './orientation.js';
import { labelFilter } from './scope.js';
import { stateFindings } from './state-findings.js';

/** Asks Linear as the daemon's first poll does, and goes on to what only a person wants to know. */
export async function examineLinear(examination: TrackerExamination): Promise<readonly Finding[]> {
  const { tracker, env, clock, signal } = examination;
  const config = linearConfig(tracker.provider, env);
  const { endpoint, apiKey } = config;
  const client = new HttpLinearClient({ endpoint, apiKey, clock, userAgent: `symphony/${packageVersion()}` });
  const orient = (assignee: string | null): Promise<Orientation> => {
    const wanted = { projectSlug: config.projectSlug, assignee };
    return new Orienting(
      client,
      clock,
      wanted,
      () => {},
      () => {},
    ).current(signal);
  };
  const orientation = await settle(orient(null));
  if (orientation instanceof SymphonyError) {
    // Linear knows the key, then, and does not show it this project.
    if (orientation.code === 'invalid_tracker_config')
      return [access(client), failure('project', orientation)];
    // The daemon waits for it, too.
    if (orientation.code === 'tracker_rate_limited')
      return [{ ...failure('tracker', orientation), verdict: 'warning' }];
    return [failure('tracker', orientation)];
  }
  return [
    access(client),
    ok('project', `"${orientation.projectName}"`),
    ...stateFindings(tracker, orientation),
    ...(await labels(client, tracker.requiredLabels, signal)),
    ...(await assignee(config, tracker.provider, orient)),
  ];
}

function access({ budget }: LinearClient): Finding {
  const left = budget === null ? '' : `; ${budget.remaining} of ${budget.limit} requests an hour are left`;
  return ok('tracker', `Linear accepts the key${left}`);
}

const Page = z.object({ nodes: z.array(z.object({ name: z.string() })) });
const Labels = z.object({ wanted: Page, others: Page });

async function labels(
  client: LinearClient,
  required: readonly string[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const wanted = required.filter((label) => label !== '');
  if (wanted.length === 0) return labelFindings(required, { labels: [], where: 'Linear' });
  const data = await settle(client.read(FIND_LABELS, { labels: labelFilter(wanted) }, signal));
  if (data instanceof SymphonyError) return [failure('required labels', data)];
  const { wanted: found, others } = parsed(Labels, data);
  const names = [...found.nodes, ...others.nodes].map(({ name }) => plainName(name));
  return labelFindings(required, { labels: normalizedLabels(names), where: 'Linear' });
}

async function assignee(
  config: LinearConfig,
  provider: JsonObject,
  orient: (assignee: string | null) => Promise<Orientation>,
): Promise<readonly Finding[]> {
  const name = 'assignee';
  if (config.assignee === null) {
    const unset = variableName(provider[name]);
    if (unset === null) return [];
    const detail = `tracker.provider.assignee names ${unset}, which is not set: everybody's issues are worked on`;
    return [warning(name, detail, `set ${unset}, or remove the key`)];
  }
  const found = await settle(orient(config.assignee));
  return [found instanceof SymphonyError ? failure(name, found) : ok(name, `"${config.assignee}"`)];
}

/** What was asked for, or the expected failure. */
async function settle<T>(asking: Promise<T>): Promise<T | SymphonyError> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof SymphonyError) return error;
    throw error;
  }
}
