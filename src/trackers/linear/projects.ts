import { z } from 'zod';
import type { JsonObject } from '../../domain/json.js';
import { packageVersion } from '../../files/package.js';
import type { Clock } from '../../ports/clock.js';
import type { LinearClient } from './client.js';
import { linearAccess, slugOf } from './config.js';
import { LISTED_TEAMS, PROJECT_STATES, PROJECTS, TEAMS } from './documents.js';
import { HttpLinearClient } from './graphql-client.js';
import { plainName } from './names.js';
import { parsed } from './orientation.js';
import { PageWalk } from './pages.js';
import { projectFilter, projectSlugs } from './scope.js';
import type { TypedState } from './state-groups.js';

/** A project as people choose it; names as they are, not made harmless for a terminal. */
export interface LinearProject {
  readonly name: string;
  /** As in the project's address: `payments-0123456789ab`. */
  readonly slug: string;
  /** The keys of its teams, as far as they were read. */
  readonly teams: readonly string[];
  readonly hasMoreTeams: boolean;
}

/** A project and what is known of its states, team by team in the order of the team's board. */
export interface ProjectWithStates {
  readonly project: LinearProject;
  readonly states: readonly TypedState[];
}

/** What there is to choose from before a workflow names a project. */
export interface LinearProjects {
  /**
   * The projects that the key may see and that are not over, those that were changed last first.
   * @throws SymphonyError of SPEC 11.4's categories
   */
  list(
    signal: AbortSignal,
  ): Promise<{ readonly projects: readonly LinearProject[]; readonly isAll: boolean }>;
  /**
   * The project of a slug or an address, over or not; null when the key sees none.
   * @throws SymphonyError of SPEC 11.4's categories
   */
  find(slugOrAddress: string, signal: AbortSignal): Promise<ProjectWithStates | null>;
}

/** Nobody reads a longer list; a project that is not on it can be named by its address. */
const MOST_LISTED = 500;
const OVER: ReadonlySet<string> = new Set(['completed', 'canceled']);

const named = { name: z.string().transform(plainName), slugId: z.string(), url: z.string() };
const Listed = z.object({
  ...named,
  status: z.object({ type: z.string() }),
  teams: z.object({ nodes: z.array(z.object({ key: z.string() })) }),
});
const ListAnswer = z.object({
  projects: z.object({
    nodes: z.array(Listed),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});
const State = z.object({ name: z.string().transform(plainName), type: z.string(), position: z.number() });
const Team = z.object({ key: z.string(), states: z.object({ nodes: z.array(State) }) });
const FoundAnswer = z.object({
  projects: z.object({
    nodes: z.array(z.object({ ...named, teams: z.object({ nodes: z.array(Team) }) })),
  }),
});

/**
 * Asks Linear with the endpoint and key of a `tracker.provider` that has no project yet.
 * @throws SymphonyError `invalid_tracker_config`, `missing_tracker_secret`
 */
export function linearProjects(
  provider: JsonObject,
  { env, clock }: { readonly env: Readonly<Record<string, string | undefined>>; readonly clock: Clock },
): LinearProjects {
  const userAgent = `symphony/${packageVersion()}`;
  const client = new HttpLinearClient({ ...linearAccess(provider, env), clock, userAgent });
  return { list: (signal) => list(client, signal), find: (slug, signal) => find(client, slug, signal) };
}

async function list(client: LinearClient, signal: AbortSignal): ReturnType<LinearProjects['list']> {
  const walk = new PageWalk('the projects');
  // Pages by the time of the last change may show a project twice.
  const found = new Map<string, LinearProject>();
  for (let after: string | null = null; ; ) {
    const answer: JsonObject = await client.read(PROJECTS, after === null ? {} : { after }, signal);
    const { projects } = parsed(ListAnswer, answer);
    for (const { status, teams, ...project } of projects.nodes) {
      const keys = teams.nodes.map(({ key }) => key);
      if (!OVER.has(status.type)) found.set(project.slugId, toProject(project, keys, LISTED_TEAMS));
    }
    after = walk.after(projects);
    if (after === null || found.size >= MOST_LISTED) {
      return { projects: [...found.values()], isAll: after === null };
    }
  }
}

async function find(
  client: LinearClient,
  slugOrAddress: string,
  signal: AbortSignal,
): ReturnType<LinearProjects['find']> {
  const filter = { project: projectFilter(projectSlugs(slugOf(slugOrAddress))) };
  const { projects } = parsed(FoundAnswer, await client.read(PROJECT_STATES, filter, signal));
  const [found] = projects.nodes;
  if (found === undefined) return null;
  const { teams, ...project } = found;
  const keys = teams.nodes.map(({ key }) => key);
  const states = teams.nodes.flatMap((team) =>
    [...team.states.nodes].sort((one, other) => one.position - other.position),
  );
  return { project: toProject(project, keys, TEAMS), states };
}

/** A list that is as long as it could be may have been cut. */
function toProject(
  { name, slugId, url }: { readonly name: string; readonly slugId: string; readonly url: string },
  teams: readonly string[],
  limit: number,
): LinearProject {
  const slug = slugOf(url);
  // An address of an unknown shape says nothing; its last part alone finds the project too.
  return {
    name,
    slug: slug.endsWith(slugId) ? slug : slugId,
    teams,
    hasMoreTeams: teams.length >= limit,
  };
}
