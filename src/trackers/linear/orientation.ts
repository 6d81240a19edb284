import { z } from 'zod';
import { SymphonyError } from '../../domain/error.js';
import { normalizedState } from '../../domain/issue.js';
import type { Clock } from '../../ports/clock.js';
import type { LinearClient } from './client.js';
import { FIND_USER, ORIENTATION } from './documents.js';
import { plainName } from './names.js';
import { projectFilter, projectSlugs } from './scope.js';

/** People rename states; names are looked up again after this. */
const FRESH_MS = 10 * 60_000;
/** A renewed look-up that failed leaves the last one in force and is tried again after this. */
const RETRY_MS = 60_000;

/** What Linear told about the configured project and about us. */
export interface Orientation {
  readonly projectName: string;
  readonly projectUrl: string | null;
  /** The names of all states of the project's teams, exactly as Linear has them. */
  readonly states: readonly string[];
  /** Whether `states` is all there is. */
  readonly isComplete: boolean;
  /** The user whose issues are worked on; null for everybody's. */
  readonly assigneeId: string | null;
  readonly projectSlugs: readonly string[];
}

const Answer = z.object({
  viewer: z.object({ id: z.string() }),
  projects: z.object({
    nodes: z.array(
      z.object({
        name: z.string(),
        url: z.string().nullable().catch(null),
        slugId: z.string(),
        teams: z.object({
          nodes: z.array(
            z.object({
              key: z.string(),
              states: z.object({
                nodes: z.array(z.object({ name: z.string(), type: z.string() })),
                pageInfo: z.object({ hasNextPage: z.boolean() }),
              }),
            }),
          ),
          pageInfo: z.object({ hasNextPage: z.boolean() }),
        }),
      }),
    ),
  }),
});

const Users = z.object({
  users: z.object({ nodes: z.array(z.object({ id: z.string(), name: z.string() })) }),
});

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text is an id of Linear's. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Looks Linear up once, and again from time to time; who asks meanwhile gets the last answer. */
export class Orienting {
  readonly #client: LinearClient;
  readonly #clock: Clock;
  readonly #wanted: { readonly projectSlug: string; readonly assignee: string | null };
  readonly #onChange: (orientation: Orientation) => void;
  #current: Orientation | null = null;
  #renewAtMs = 0;
  #underWay: Promise<Orientation> | null = null;

  constructor(
    client: LinearClient,
    clock: Clock,
    wanted: { readonly projectSlug: string; readonly assignee: string | null },
    onChange: (orientation: Orientation) => void,
  ) {
    this.#client = client;
    this.#clock = clock;
    this.#wanted = wanted;
    this.#onChange = onChange;
  }

  /** @throws SymphonyError when nothing is known yet and the look-up fails */
  async current(signal: AbortSignal): Promise<Orientation> {
    if (this.#current !== null && this.#clock.nowMs() < this.#renewAtMs) return this.#current;
    // Shared by all who wait for it, but its first asker's signal rules it; who comes later asks again.
    this.#underWay ??= this.#renew(signal).finally(() => {
      this.#underWay = null;
    });
    return await this.#underWay;
  }

  /** A state has turned up that the last look-up did not show. */
  sawState(name: string): void {
    const { states } = this.#current ?? {};
    if (states !== undefined && !states.includes(name))
      this.#renewAtMs = Math.min(this.#renewAtMs, this.#nextAllowedMs);
  }

  #nextAllowedMs = 0;

  async #renew(signal: AbortSignal): Promise<Orientation> {
    const now = this.#clock.nowMs();
    try {
      const next = await this.#lookUp(signal);
      const isNews = this.#current === null || JSON.stringify(next) !== JSON.stringify(this.#current);
      this.#current = next;
      this.#renewAtMs = now + FRESH_MS;
      this.#nextAllowedMs = now + RETRY_MS;
      if (isNews) this.#onChange(next);
      return next;
    } catch (error) {
      if (this.#current === null || signal.aborted || !(error instanceof SymphonyError)) throw error;
      this.#renewAtMs = now + RETRY_MS;
      return this.#current;
    }
  }

  async #lookUp(signal: AbortSignal): Promise<Orientation> {
    const { projectSlug, assignee } = this.#wanted;
    const slugs = projectSlugs(projectSlug);
    const data = await this.#client.read(ORIENTATION, { project: projectFilter(slugs) }, signal);
    const { viewer, projects } = parsed(Answer, data);
    const [project] = projects.nodes;
    if (project === undefined) throw noProject(projectSlug);
    const { teams } = project;
    return {
      projectName: project.name,
      projectUrl: project.url,
      states: [...new Set(teams.nodes.flatMap(({ states }) => states.nodes.map(({ name }) => name)))],
      isComplete: ![teams, ...teams.nodes.map(({ states }) => states)].some(
        ({ pageInfo }) => pageInfo.hasNextPage,
      ),
      assigneeId: assignee === null ? null : await this.#assigneeId(assignee, viewer.id, signal),
      projectSlugs: [...new Set([...slugs, project.slugId])],
    };
  }

  async #assigneeId(assignee: string, viewerId: string, signal: AbortSignal): Promise<string> {
    if (assignee.toLowerCase() === 'me') return viewerId;
    if (isUuid(assignee)) return assignee.toLowerCase();
    const same = { eqIgnoreCase: assignee };
    const user = assignee.includes('@') ? { email: same } : { or: [{ displayName: same }, { name: same }] };
    const { users } = parsed(Users, await this.#client.read(FIND_USER, { user }, signal));
    const [found, second] = users.nodes;
    if (found !== undefined && second === undefined) return found.id;
    throw new SymphonyError(
      'invalid_tracker_config',
      `tracker.provider.assignee: Linear knows ${found === undefined ? 'nobody' : 'several people'} called "${assignee}"; use "me", the user's e-mail address or id`,
    );
  }
}

/**
 * The exact names to ask for: the server compares with case, people do not. A name that nobody knows is asked for as it
 * is while the list of names is not complete.
 */
export function exactStates(
  wanted: readonly string[],
  { states, isComplete }: Orientation,
): readonly string[] {
  return [
    ...new Set(
      wanted.flatMap((name) => {
        const found = namesLike(name, states);
        return found.length > 0 || isComplete ? found : [name.trim()];
      }),
    ),
  ];
}

/** Configured names that no team of the project has. */
export function unknownStates(
  wanted: readonly string[],
  { states, isComplete }: Orientation,
): readonly string[] {
  return isComplete ? wanted.filter((name) => namesLike(name, states).length === 0) : [];
}

function namesLike(name: string, states: readonly string[]): string[] {
  const wanted = normalizedState(name);
  return states.filter(
    (state) => normalizedState(plainName(state)) === wanted || normalizedState(state) === wanted,
  );
}

/** @throws SymphonyError `tracker_response` */
export function parsed<T extends z.ZodType>(schema: T, data: unknown): z.output<T> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const where = first === undefined ? '' : ` (${first.path.join('.')}: ${first.message})`;
  throw new SymphonyError(
    'tracker_response',
    `Linear's answer has another shape than its schema says${where}`,
  );
}

function noProject(slug: string): SymphonyError {
  return new SymphonyError(
    'invalid_tracker_config',
    `tracker.provider.project_slug: Linear shows no project "${slug}" to this key; take the last part of the project's address, and see that the key may read its team`,
  );
}
