import type { FastifyInstance, FastifyReply } from 'fastify';
import { SymphonyError } from '../domain/error.js';
import type { Commands, Snapshot, SnapshotSource } from '../domain/snapshot.js';
import { ANSWER_PATH } from './answer-route.js';
import { type IssueDetail, type IssueName, issueResponse, type Standing, standings } from './issue.js';
import { PAGE_POLICY, statusPage } from './page.js';
import type { RefreshResponse } from './schema.js';
import { isoTime, stateResponse } from './state.js';
import { WEBHOOK_PATH } from './webhook-route.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const READ = ['GET', 'HEAD'] as const;

/** The routes as patterns, for telling an unknown path from a wrong method. */
const ROUTES: readonly { readonly path: RegExp; readonly methods: readonly string[] }[] = [
  { path: /^\/$/u, methods: READ },
  { path: /^\/api\/v1\/refresh$/u, methods: ['POST'] },
  { path: WEBHOOK_PATH, methods: ['POST'] },
  { path: ANSWER_PATH, methods: ['POST'] },
  { path: /^\/api\/v1\/(?:issues\/)?[^/]+$/u, methods: READ },
];

/** Which methods a path takes; null when there is no such path. */
export function allowedMethods(path: string): readonly string[] | null {
  return ROUTES.find((route) => route.path.test(path))?.methods ?? null;
}

/** What the routes answer from. */
export interface RouteOptions {
  readonly source: SnapshotSource;
  readonly commands: Commands;
  readonly now: () => number;
  readonly detail?: (issue: IssueName) => IssueDetail | null;
}

/** Adds the page and the endpoints of SPEC 13.7.2. HEAD comes with each GET. */
export function addRoutes(app: FastifyInstance, { source, commands, now, detail }: RouteOptions): void {
  const answers = new Answers(source);
  const sendIssue = (identifier: string, reply: FastifyReply): FastifyReply => {
    const { snapshot, standing } = answers.standing(identifier);
    return reply.type(JSON_TYPE).send(JSON.stringify(issueResponse(standing, snapshot, detail ?? null)));
  };

  app.get('/', (_request, reply) =>
    reply
      .header('content-security-policy', PAGE_POLICY)
      .type('text/html; charset=utf-8')
      .send(answers.page()),
  );
  app.get('/api/v1/state', (_request, reply) => reply.type(JSON_TYPE).send(answers.state()));
  app.get<{ Params: { identifier: string } }>('/api/v1/:identifier', ({ params }, reply) =>
    sendIssue(params.identifier, reply),
  );
  // An issue may be called "state" or "refresh"; here it has a name of its own.
  app.get<{ Params: { identifier: string } }>('/api/v1/issues/:identifier', ({ params }, reply) =>
    sendIssue(params.identifier, reply),
  );
  app.post('/api/v1/refresh', (_request, reply) => {
    const { queued, coalesced } = commands.refresh();
    const body: RefreshResponse = {
      queued,
      coalesced,
      requested_at: isoTime(now()),
      operations: ['poll', 'reconcile'],
    };
    return reply.status(202).type(JSON_TYPE).send(JSON.stringify(body));
  });
}

/** Answers made from the latest snapshot, each at most once per snapshot: many readers cost as much as one. */
class Answers {
  readonly #source: SnapshotSource;
  #snapshot: Snapshot | null = null;
  #state: Buffer | null = null;
  #page: Buffer | null = null;
  #standings: ReadonlyMap<string, Standing> | null = null;

  constructor(source: SnapshotSource) {
    this.#source = source;
  }

  state(): Buffer {
    const snapshot = this.#latest();
    this.#state ??= Buffer.from(JSON.stringify(stateResponse(snapshot)));
    return this.#state;
  }

  page(): Buffer {
    const snapshot = this.#latest();
    this.#page ??= Buffer.from(statusPage(snapshot));
    return this.#page;
  }

  standing(identifier: string): { snapshot: Snapshot; standing: Standing } {
    const snapshot = this.#latest();
    this.#standings ??= standings(snapshot);
    const standing = this.#standings.get(identifier);
    if (standing !== undefined) return { snapshot, standing };
    throw new SymphonyError(
      'issue_not_found',
      `No issue ${identifier} is running, waiting for a retry, blocked or parked.`,
    );
  }

  #latest(): Snapshot {
    const snapshot = this.#current();
    if (snapshot !== this.#snapshot) {
      this.#snapshot = snapshot;
      this.#state = null;
      this.#page = null;
      this.#standings = null;
    }
    return snapshot;
  }

  #current(): Snapshot {
    try {
      return this.#source.current();
    } catch (error) {
      throw snapshotUnavailable(error);
    }
  }
}

function snapshotUnavailable(cause: unknown): SymphonyError {
  return new SymphonyError('snapshot_unavailable', 'There is no snapshot to answer from; the log says why.', {
    cause,
  });
}
