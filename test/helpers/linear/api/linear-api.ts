import type { ExecutionResult, GraphQLError } from 'graphql';
import { linearGraph } from '../objects/linear-graph.js';
import { linearSchema } from '../schema.js';
import { type Answer, extensions, json, refusal } from '../wire/answer.js';
import { refuseCredential } from '../wire/authorization.js';
import { LeakyBucket, WINDOW_MS } from '../wire/bucket.js';
import { throttled, tooComplex } from '../wire/fault-answers.js';
import type { LinearCorruptions } from '../workspace/corruptions.js';
import type { LinearWorkspace } from '../workspace/workspace.js';
import { LARGEST_COMPLEXITY } from './complexity.js';
import { type Asked, checkOperation } from './document.js';
import { executeLinear } from './execute.js';
import { UnsupportedByFake } from './failures.js';
import { linearMutations } from './mutations.js';
import type { PageDistortion } from './page-distortion.js';
import { linearQueries } from './queries.js';

export interface ApiRequest {
  readonly authorization: string | null;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly asked: Asked;
  readonly distortion: PageDistortion | null;
}

export interface LinearApiOptions {
  readonly workspace: LinearWorkspace;
  readonly corruptions: LinearCorruptions;
  readonly apiKey: string;
  readonly requestsPerHour: number;
}

const POINTS_PER_HOUR = 3_000_000;

/**
 * Linear's answers while nothing is wrong: credential, budget, validation, complexity, execution, in this order. The order
 * of budget and validation is a guess.
 */
export class LinearApi {
  readonly requestsPerHour: number;
  readonly #options: LinearApiOptions;
  readonly #requests: LeakyBucket;
  readonly #points: LeakyBucket;
  readonly #queries: object;
  readonly #mutations: object;

  constructor(options: LinearApiOptions) {
    const { workspace, requestsPerHour } = options;
    const now = () => workspace.nowMs();
    const graph = linearGraph(workspace);
    this.requestsPerHour = requestsPerHour;
    this.#options = options;
    this.#requests = new LeakyBucket(requestsPerHour, now);
    this.#points = new LeakyBucket(POINTS_PER_HOUR, now);
    this.#queries = linearQueries(graph);
    this.#mutations = linearMutations(graph);
  }

  answer({ authorization, query, variables, asked, distortion }: ApiRequest): Answer {
    const { corruptions, apiKey } = this.#options;
    const refused = refuseCredential(authorization, apiKey);
    if (refused !== null) return refused;
    if (!this.#requests.take(1)) return throttled(this.#requests.limit);
    const schema = linearSchema();
    const valid = checkOperation(schema, query, asked, variables);
    if (!('operation' in valid)) return invalid(valid);
    if (valid.complexity > LARGEST_COMPLEXITY) return tooComplex(valid.complexity);
    const points = Math.ceil(valid.complexity);
    if (!this.#points.take(points)) return throttled(POINTS_PER_HOUR, 'complexity points');
    const answer = answerOf(() =>
      executeLinear({
        schema,
        valid,
        queries: this.#queries,
        mutations: this.#mutations,
        corruptions,
        distortion,
      }),
    );
    return { ...answer, headers: { ...answer.headers, 'x-complexity': String(points) } };
  }

  /** On every answer. A reset always lies one hour ahead, in epoch milliseconds, although tokens flow back all the time. */
  budgetHeaders(): Readonly<Record<string, string>> {
    const reset = String(this.#options.workspace.nowMs() + WINDOW_MS);
    return {
      'x-ratelimit-requests-limit': String(this.#requests.limit),
      'x-ratelimit-requests-remaining': String(this.#requests.remaining),
      'x-ratelimit-requests-reset': reset,
      'x-ratelimit-complexity-limit': String(this.#points.limit),
      'x-ratelimit-complexity-remaining': String(this.#points.remaining),
      'x-ratelimit-complexity-reset': reset,
    };
  }
}

/** What an execution gives, or a 500 that names the gap of the fake. */
function answerOf(execute: () => ExecutionResult): Answer {
  try {
    return json(200, execute());
  } catch (error) {
    if (!(error instanceof UnsupportedByFake)) throw error;
    return refusal(500, { message: error.message });
  }
}

function invalid(errors: readonly GraphQLError[]): Answer {
  return json(400, {
    errors: errors.map((error) => ({
      message: error.message,
      locations: error.locations,
      extensions: extensions('graphql error', 'GRAPHQL_VALIDATION_FAILED', 400, error.message),
    })),
  });
}
