import { z } from 'zod';
import { SymphonyError } from '../../domain/error.js';
import type { Clock } from '../../ports/clock.js';
import type { LinearClient } from './client.js';
import { FIND_USER, ORIENTATION, STATES, TEAMS } from './documents.js';
import { untilAborted } from './patience.js';
import { projectFilter, projectSlugs } from './scope.js';
import { isNewState, type KnownStates } from './state-names.js';

/** People rename states; names are looked up again after this. */
const FRESH_MS = 10 * 60_000;
/** A renewed look-up that failed leaves the last one in force and is tried again after this. */
const RETRY_MS = 60_000;

/** What Linear told about the configured project and about us. */
export interface Orientation extends KnownStates {
  readonly projectName: string;
  /** The user whose issues are worked on; null for everybody's. */
  readonly assigneeId: string | null;
  readonly projectSlugs: readonly string[];
}

const Team = z.object({ states: z.object({ nodes: z.array(z.object({ name: z.string() })) }) });

const Answer = z.object({
  viewer: z.object({ id: z.string() }),
  projects: z.object({
    nodes: z.array(
      z.object({ name: z.string(), slugId: z.string(), teams: z.object({ nodes: z.array(Team) }) }),
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

/** A look-up that is under way; the signal of whoever began it ends it. */
interface LookUp {
  readonly signal: AbortSignal;
  readonly done: Promise<Orientation>;
}

/** Looks Linear up once, and again from time to time; who asks while that goes on gets the last answer. */
export class Orienting {
  readonly #client: LinearClient;
  readonly #clock: Clock;
  readonly #wanted: { readonly projectSlug: string; readonly assignee: string | null };
  readonly #onChange: (orientation: Orientation) => void;
  readonly #onLost: (error: SymphonyError) => void;
  #current: Orientation | null = null;
  #renewAtMs = 0;
  /** An unknown state brings a renewal forward, but not before this. */
  #renewNotBeforeMs = 0;
  #underWay: LookUp | null = null;

  constructor(
    client: LinearClient,
    clock: Clock,
    wanted: { readonly projectSlug: string; readonly assignee: string | null },
    onChange: (orientation: Orientation) => void,
    onLost: (error: SymphonyError) => void,
  ) {
    this.#client = client;
    this.#clock = clock;
    this.#wanted = wanted;
    this.#onChange = onChange;
    this.#onLost = onLost;
  }

  /** @throws SymphonyError when nothing is known yet and the look-up fails */
  async current(signal: AbortSignal): Promise<Orientation> {
    for (;;) {
      const isFresh = this.#clock.nowMs() < this.#renewAtMs || this.#underWay !== null;
      if (this.#current !== null && isFresh) return this.#current;
      const lookUp = this.#underWay ?? this.#begin(signal);
      try {
        return await untilAborted(lookUp.done, signal);
      } catch (error) {
        signal.throwIfAborted();
        // It ended because somebody else has gone, which is no reason to fail: this one goes on by itself.
        if (!lookUp.signal.aborted) throw error;
      }
    }
  }

  /** An issue of the project is in this state; one that the last look-up did not show brings the next one forward. */
  sawState(name: string): void {
    if (this.#current !== null && isNewState(name, this.#current))
      this.#renewAtMs = Math.min(this.#renewAtMs, this.#renewNotBeforeMs);
  }

  #begin(signal: AbortSignal): LookUp {
    const done = this.#renew(signal).finally(() => {
      this.#underWay = null;
    });
    this.#underWay = { signal, done };
    return this.#underWay;
  }

  async #renew(signal: AbortSignal): Promise<Orientation> {
    const startedAtMs = this.#clock.nowMs();
    this.#renewNotBeforeMs = startedAtMs + RETRY_MS;
    try {
      const next = await this.#lookUp(signal);
      const isNews = this.#current === null || JSON.stringify(next) !== JSON.stringify(this.#current);
      this.#current = next;
      this.#renewAtMs = startedAtMs + FRESH_MS;
      if (isNews) this.#onChange(next);
      return next;
    } catch (error) {
      if (this.#current === null || signal.aborted || !(error instanceof SymphonyError)) throw error;
      this.#renewAtMs = this.#renewNotBeforeMs;
      // Linear answers, but not as the configuration wants: an empty board would be all that shows of it.
      if (error.code === 'invalid_tracker_config') this.#onLost(error);
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
      states: [...new Set(teams.nodes.flatMap(({ states }) => states.nodes.map(({ name }) => name)))],
      isComplete:
        teams.nodes.length < TEAMS && teams.nodes.every(({ states }) => states.nodes.length < STATES),
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

/** @throws SymphonyError `tracker_response` */
export function parsed<T extends z.ZodType>(schema: T, data: unknown): z.output<T> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const where = first === undefined ? '' : ` (${first.path.join('.')}: ${first.message})`;
  throw new SymphonyError(
    'tracker_response',
    `Linear's answer has another shape than its schema says${where}; see tracker.provider.endpoint and proxies`,
  );
}

function noProject(slug: string): SymphonyError {
  return new SymphonyError(
    'invalid_tracker_config',
    `tracker.provider.project_slug: Linear shows no project "${slug}" to this key; take the last part of the project's address, and see that the key may read its team`,
  );
}
