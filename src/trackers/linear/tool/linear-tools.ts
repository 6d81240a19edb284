import { SymphonyError } from '../../../domain/error.js';
import type { Issue } from '../../../domain/issue.js';
import type { JsonValue } from '../../../domain/json.js';
import type { Clock } from '../../../ports/clock.js';
import type { ReportProblem, ToolResult, TrackerTools } from '../../../ports/tracker.js';
import { ToolRefusal, unsupportedTool } from '../../tool-refusal.js';
import type { GraphqlAnswer, LinearClient } from '../client.js';
import type { ToolAccess } from './access.js';
import { resultOf } from './answer.js';
import { readCall } from './call.js';
import { reserveWaitMs } from './call-allowance.js';
import { loadGraphql } from './graphql-module.js';
import { type Operation, readOperation } from './operation.js';
import { judge } from './policy.js';
import { ProjectScope } from './project-scope.js';
import { failureOf, inSeconds } from './refusal.js';
import type { Target } from './scoped-mutations.js';
import { type SessionMemory, Sessions } from './sessions.js';
import { LINEAR_TOOL, toolSpec } from './spec.js';

/** What the agent's tool is made of. */
export interface LinearToolParts {
  readonly client: LinearClient;
  readonly access: ToolAccess;
  /** The `slugId`s that count as the configured project, such as `payments-0123456789ab` and `0123456789ab`. */
  readonly projectSlugs: readonly string[];
  /** Requests that one session may make in an hour, above 0. */
  readonly callsPerHour: number;
  readonly clock: Clock;
  readonly reportProblem: ReportProblem;
  readonly secretEnvironmentNames: readonly string[];
}

/** `linear_graphql`: Linear's own API for the agent, with the daemon's credential and within what its access allows. */
export function linearTools(parts: LinearToolParts): TrackerTools {
  const spec = toolSpec(parts.access);
  const calls = new LinearCalls(parts);
  return {
    specs: [spec],
    secretEnvironmentNames: parts.secretEnvironmentNames,
    async execute(name, args, { issue, session }, signal) {
      try {
        if (name !== LINEAR_TOOL) throw unsupportedTool(name, LINEAR_TOOL);
        return await calls.perform(args, issue, session, signal);
      } catch (error) {
        return failureOf(error, signal, parts.reportProblem);
      }
    },
  };
}

/** Performs calls: reads, judges, counts, looks up, sends; whatever refuses comes before anything is sent. */
class LinearCalls {
  readonly #parts: LinearToolParts;
  readonly #scope: ProjectScope;
  readonly #sessions: Sessions;

  constructor(parts: LinearToolParts) {
    this.#parts = parts;
    this.#scope = new ProjectScope(parts.client, parts.projectSlugs);
    this.#sessions = new Sessions(parts.callsPerHour, parts.clock);
  }

  async perform(args: JsonValue, issue: Issue, session: string, signal: AbortSignal): Promise<ToolResult> {
    const { operation, targets } = await understood(args, this.#parts.access);
    const memory = this.#sessions.of(session);
    const unknown = this.#scope.unknown(targets, issue, memory.known);
    this.#take(unknown.length === 0 ? 1 : 2, memory);
    if (unknown.length > 0) await this.#admit(unknown, issue, memory, signal);
    return resultOf(await this.#send(operation, signal), operation.kind);
  }

  /** @throws ToolRefusal `tool_quota_exhausted` */
  #take(requests: number, { allowance }: SessionMemory): void {
    const reserveMs = reserveWaitMs(this.#parts.client.budget);
    if (reserveMs > 0) {
      throw exhausted("Linear's allowance is nearly used up, and the rest is kept for polling", reserveMs);
    }
    const waitMs = allowance.take(requests, this.#parts.clock.nowMs());
    if (waitMs === 0) return;
    const limit = `this session has made its ${this.#parts.callsPerHour} requests per hour (tracker.provider.tool_calls_per_hour)`;
    throw exhausted(limit, waitMs);
  }

  async #admit(
    unknown: readonly Target[],
    issue: Issue,
    { allowance, known }: SessionMemory,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#scope.admit(unknown, issue, known, signal);
    } catch (error) {
      // The look-up was made, the call itself will not be.
      allowance.giveBack(1);
      throw error;
    }
  }

  async #send({ document, variables, kind }: Operation, signal: AbortSignal): Promise<GraphqlAnswer> {
    try {
      return await this.#parts.client.send(document, variables, signal);
    } catch (error) {
      if (kind === 'query' || !(error instanceof SymphonyError) || error.code === 'tracker_rate_limited') {
        throw error;
      }
      const message = `${error.message}. The mutation may have been carried out all the same; read before you repeat it`;
      throw new SymphonyError(error.code, message, {
        cause: error,
        ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
      });
    }
  }
}

/** A call that may run, and what it touches. */
interface Understood {
  readonly operation: Operation;
  readonly targets: readonly Target[];
}

/** @throws ToolRefusal */
async function understood(args: JsonValue, access: ToolAccess): Promise<Understood> {
  const graphql = await loadGraphql();
  try {
    const operation = readOperation(graphql, readCall(args));
    return { operation, targets: judge(operation, access) };
  } catch (error) {
    // Reading goes as deep as what is read, and the stack has an end.
    if (!(error instanceof RangeError)) throw error;
    throw new ToolRefusal('invalid_arguments', 'the document or its variables are nested too deeply');
  }
}

function exhausted(why: string, waitMs: number): ToolRefusal {
  const message = `${why}; nothing was sent. Wait ${inSeconds(waitMs)}, or go on without Linear`;
  return new ToolRefusal('tool_quota_exhausted', message, { retry_after_ms: waitMs });
}
