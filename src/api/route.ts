import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { z } from 'zod';
import { type ErrorCode, SymphonyError } from '../domain/error.js';
import type { Caller } from './caller.js';
import type { Resources } from './resources.js';

export type Method = 'GET' | 'POST' | 'DELETE';

/**
 * Who may ask. `public`: anyone who reaches the server. `read`, and `free` for what acts but does no harm: anyone on this
 * machine, elsewhere only with the operator's token. `operator`: only with it. `webhook`: whose signature fits.
 */
export type Access = 'public' | 'read' | 'free' | 'operator' | 'webhook';

/** An answer whose JSON exists already. */
export class Ready<Body> {
  readonly bytes: Buffer;
  /** Only for the compiler: what the JSON is of. */
  declare readonly body?: Body;

  /** Takes the body, or its JSON where that was put together of pieces. */
  constructor(body: Body | Buffer) {
    this.bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  }
}

/** Takes over the response and writes events into it for as long as it lasts. */
export interface StreamReply {
  readonly stream: (response: ServerResponse) => void;
}

/** What a handler answers; the server makes a response of it. */
export type Reply<Body = unknown> =
  | {
      readonly body: Body | Ready<Body>;
      /** One of the route's; the first unless given. */
      readonly status?: number;
      readonly headers?: OutgoingHttpHeaders;
    }
  | StreamReply;

/** A request as a route sees it, read by its schemas. */
export interface RouteRequest<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly headers: IncomingHttpHeaders;
  /** The caller would rather have a stream of events than JSON. */
  readonly wantsStream: boolean;
  /** Null on another machine. */
  readonly caller: Caller | null;
}

/** One endpoint: what Fastify serves, what openapi.json and docs/api.md say, and what is checked are made of it. */
export interface Route {
  readonly name: string;
  readonly method: Method;
  /** Templates such as `/api/v1/issues/{issue_identifier}`; the first is the one to use. */
  readonly paths: readonly string[];
  /** One line. */
  readonly summary: string;
  /** Sentences, where there is more to say. */
  readonly description: string | null;
  readonly access: Access;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType;
  /** What to send, as the end of a refusal and as an example. */
  readonly bodyHint: string | null;
  /** `bytes` leaves the body as it was sent, with a limit of its own. */
  readonly bodyAs: 'json' | 'bytes';
  /** What it answers when all is well, with any of these statuses. */
  readonly response: z.ZodType;
  readonly statuses: readonly [number, ...number[]];
  /** Answers server-sent events to whoever accepts those. */
  readonly streams: boolean;
  /** Why it may refuse, besides what every route of its access refuses. */
  readonly refusals: readonly ErrorCode[];
  readonly handle: (resources: Resources, request: RouteRequest) => Promise<Reply> | Reply;
}

/** Of a route that reads nothing there. */
export const NOTHING = z.object({});
/** Of a route that takes no body; one that is sent all the same is not looked at. */
export const NO_BODY = z.unknown();

interface Declaration<Params, Query, Body, Answer>
  extends Pick<Route, 'name' | 'method' | 'paths' | 'summary' | 'access' | 'statuses'>,
    Partial<Pick<Route, 'description' | 'bodyHint' | 'bodyAs' | 'streams' | 'refusals'>> {
  readonly params: z.ZodObject & z.ZodType<Params>;
  readonly query: z.ZodObject & z.ZodType<Query>;
  readonly body: z.ZodType<Body>;
  readonly response: z.ZodType<Answer>;
}

type Handler<Params, Query, Body, Answer> = (
  resources: Resources,
  request: RouteRequest<Params, Query, Body>,
) => Promise<Reply<Answer>> | Reply<Answer>;

/** Declares a route; what its handler gets has been read by its schemas. */
export function route<Params, Query, Body, Answer>(declared: Declaration<Params, Query, Body, Answer>) {
  const { params, query, body, bodyHint = null } = declared;
  return {
    answeredBy: (handler: Handler<Params, Query, Body, Answer>): Route => ({
      description: null,
      bodyAs: 'json',
      streams: false,
      refusals: [],
      ...declared,
      bodyHint,
      handle: (resources, request) =>
        handler(resources, {
          ...request,
          params: read(params, request.params, { what: 'The address' }),
          query: read(query, request.query, { what: 'The query' }),
          body: read(body, request.body, { what: 'The body', hint: bodyHint }),
        }),
    }),
  };
}

/** @throws SymphonyError `request_failed`, saying what is wrong and what is taken */
function read<Value>(
  schema: z.ZodType<Value>,
  value: unknown,
  { what, hint = null }: { readonly what: string; readonly hint?: string | null },
): Value {
  const { success, data, error } = schema.safeParse(value ?? {});
  if (success) return data;
  const faults = error.issues.map(({ message }) => message).join('; ');
  throw new SymphonyError(
    'request_failed',
    `${what} is not understood: ${faults}.${hint === null ? '' : ` ${hint}`}`,
  );
}
