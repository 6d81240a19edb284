import { SymphonyError } from '../../domain/error.js';
import type { Clock } from '../../ports/clock.js';
import {
  type LinearProject,
  type LinearProjects,
  linearProjects,
  type ProjectWithStates,
} from '../../trackers/linear/projects.js';
import { stateGroups } from '../../trackers/linear/state-groups.js';
import { plainLine } from '../../trackers/plain-line.js';
import type { Conversation } from './conversation.js';
import { type InitFlags, unanswered } from './flags.js';
import type { InitPlace } from './local-plan.js';
import type { LinearPlan } from './plan.js';

const DEFAULT_API_KEY_NAME = 'LINEAR_API_KEY';
const MAX_NAME_LENGTH = 60;
/** How many projects a message lists. */
const MOST_TOLD = 10;

/**
 * Settles on a project in Linear, and reads what its teams call their states.
 * @throws SymphonyError `usage_error`, and those of the tracker (SPEC 11.4)
 */
export async function linearPlan(
  { project, apiKeyEnv, endpoint }: Pick<InitFlags, 'project' | 'apiKeyEnv' | 'endpoint'>,
  { env, clock }: Pick<InitPlace, 'env'> & { readonly clock: Clock },
  conversation: Conversation | null,
): Promise<LinearPlan> {
  if (project === undefined && conversation === null) {
    throw unanswered('--project', "the last part of the project's address in Linear, or its name");
  }
  const apiKeyName = apiKeyEnv ?? DEFAULT_API_KEY_NAME;
  const provider = { api_key: `$${apiKeyName}`, ...(endpoint === undefined ? {} : { endpoint }) };
  const linear = linearProjects(provider, { env, clock });
  const signal = conversation?.signal ?? new AbortController().signal;
  const found = await settled(project, linear, signal, conversation);
  const states = stateGroups(found.states);
  return { kind: 'linear', project: found.project, states, apiKeyName, endpoint: endpoint ?? null };
}

async function settled(
  project: string | undefined,
  linear: LinearProjects,
  signal: AbortSignal,
  conversation: Conversation | null,
): Promise<ProjectWithStates> {
  if (project !== undefined) return await named(project, linear, signal);
  if (conversation === null) throw new Error('nobody is there to choose a project');
  const { projects, isAll } = await linear.list(signal);
  if (projects.length === 0) throw noProjects();
  if (!isAll) conversation.say('Only the projects that were changed last are listed; --project takes any.');
  const choices = projects.map((value) => ({ value, name: shortName(value), about: teamsOf(value) }));
  const only = choices.length === 1 ? '1' : null;
  const { slug } = await conversation.choose('Project', choices, only);
  return (await linear.find(slug, signal)) ?? gone(slug);
}

/** The project of this slug, address or name. */
async function named(given: string, linear: LinearProjects, signal: AbortSignal): Promise<ProjectWithStates> {
  const bySlug = await linear.find(given, signal);
  if (bySlug !== null) return bySlug;
  const { projects } = await linear.list(signal);
  const wanted = given.toLowerCase();
  const [only, second] = projects.filter(({ name }) => name.trim().toLowerCase() === wanted);
  if (only !== undefined && second === undefined)
    return (await linear.find(only.slug, signal)) ?? gone(only.slug);
  const candidates = only === undefined ? projects : [only, ...(second === undefined ? [] : [second])];
  if (candidates.length === 0) throw noProjects();
  const listed = candidates.slice(0, MOST_TOLD).map((project) => `${shortName(project)} (${project.slug})`);
  const others = candidates.length - listed.length;
  const what = only === undefined ? 'no project' : 'more than one project';
  const there = `${listed.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
  throw new SymphonyError(
    'usage_error',
    `--project: Linear shows this key ${what} called ${JSON.stringify(given)}; give the slug of one of these: ${there}`,
  );
}

function noProjects(): SymphonyError {
  return new SymphonyError(
    'invalid_tracker_config',
    'Linear shows no project to this key; make one in Linear, and see that the key may read its team',
  );
}

function gone(slug: string): never {
  throw new SymphonyError(
    'tracker_response',
    `Linear has just listed the project ${slug} and does not find it any more; try again`,
  );
}

function shortName({ name, slug }: LinearProject): string {
  return plainLine(name, MAX_NAME_LENGTH) || slug;
}

function teamsOf({ teams, slug, hasMoreTeams }: LinearProject): string {
  const keys = teams.map((key) => plainLine(key, MAX_NAME_LENGTH)).join(', ');
  return `${keys}${hasMoreTeams ? ', …' : ''}  ${plainLine(slug, MAX_NAME_LENGTH)}`.trim();
}
