import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { SymphonyError } from '../domain/error.js';
import type { Caller } from './caller.js';
import { bearerToken, Credentials } from './credentials.js';
import { FailedAttempts } from './failed-attempts.js';
import { RequestFault } from './failure.js';
import { RefusalLog, type WarningLog } from './refusal-log.js';
import type { Timer } from './timer.js';
import { Turns } from './turns.js';

/** By what a person who runs the daemon is told from the agents it runs. */
export interface Operator {
  readonly token: string;
  /** What counts on the unix socket instead, for commands of the same user; left out: the same. */
  readonly socketToken?: string;
  /** Why whoever calls may not act for a person, as a sentence; null where nothing speaks against it. */
  refusalOf(caller: Caller): Promise<string | null>;
}

/** What the guard needs. */
export interface OperatorGuardOptions {
  /** Without one, nothing that acts for a person is taken. */
  readonly operator?: Operator;
  readonly log: WarningLog;
  /** Wall milliseconds. */
  readonly now: () => number;
}

/** How an operator proved to be one. */
export type Proof = 'token' | 'cookie';

/** Why a proof is wanted, as the beginning of a sentence. */
export const ACTS = 'This acts for a person';
export const SHOWS = 'This server can be reached from other machines';

/** What is asked of whoever sends a request. */
export interface ProofWanted {
  readonly because: typeof ACTS | typeof SHOWS;
  /** At a port Host and Origin have been looked at, so a cookie counts there. */
  readonly door: 'port' | 'socket';
}

/**
 * Lets only a person act. The token alone does not tell: an agent runs as the same user and may have read it. So the
 * process at the other end of the connection is looked for as well, where that can be told.
 */
export class OperatorGuard {
  readonly #operator: Operator | null;
  /** At the port. */
  readonly #credentials: Credentials | null;
  readonly #socketCredentials: Credentials | null;
  readonly #failed: FailedAttempts;
  readonly #unproven: RefusalLog;
  readonly #agents: RefusalLog;
  /** Looking for the process behind a connection costs a moment each. */
  readonly #checks = new Turns();

  constructor({ operator, log, now }: OperatorGuardOptions, timer: Timer) {
    this.#operator = operator ?? null;
    this.#credentials = operator === undefined ? null : new Credentials(operator.token);
    this.#socketCredentials =
      operator?.socketToken === undefined ? this.#credentials : new Credentials(operator.socketToken);
    this.#failed = new FailedAttempts(timer);
    this.#unproven = new RefusalLog('order without operator token refused', log, now);
    this.#agents = new RefusalLog('order of an agent refused', log, now);
  }

  /**
   * How the sender proves to be the operator.
   * @throws SymphonyError `operator_required`; RequestFault 429
   */
  proofIn({ authorization, cookie }: IncomingHttpHeaders, { because, door }: ProofWanted): Proof {
    const credentials = door === 'port' ? this.#credentials : this.#socketCredentials;
    const presented = bearerToken(authorization);
    if (presented !== null) {
      this.#refuseWrong(presented, credentials, because);
      return 'token';
    }
    if (door === 'port' && credentials?.isInCookies(cookie) === true) return 'cookie';
    throw this.#required(because, 'no token was sent');
  }

  /**
   * Exchanges the token for a cookie that stands for it, as a `Set-Cookie` header.
   * @throws SymphonyError `operator_required`, `forbidden_process`; RequestFault 429
   */
  async logIn(token: string, caller: Caller | null, isSecure: boolean): Promise<OutgoingHttpHeaders> {
    const credentials = this.#refuseWrong(token, this.#credentials, ACTS);
    await this.refuseAgents(caller);
    return { 'set-cookie': credentials.keep(isSecure) };
  }

  logOut(isSecure: boolean): OutgoingHttpHeaders {
    return this.#credentials === null ? {} : { 'set-cookie': this.#credentials.forget(isSecure) };
  }

  /**
   * Refuses what an agent sends although it knows the token. Whoever calls from another machine is none of ours.
   * @throws SymphonyError `forbidden_process`; RequestFault 429
   */
  async refuseAgents(caller: Caller | null): Promise<void> {
    const operator = this.#operator;
    if (operator === null || caller === null) return;
    const reason = await this.#checks.take(() => operator.refusalOf(caller));
    if (reason === null) return;
    this.#agents.add(403, reason);
    throw new SymphonyError('forbidden_process', `This is for people only. ${reason}`);
  }

  #refuseWrong(
    presented: string,
    credentials: Credentials | null,
    because: ProofWanted['because'],
  ): Credentials {
    if (credentials?.isToken(presented) === true) return credentials;
    const waitSeconds = this.#failed.add();
    if (waitSeconds === null) throw this.#required(because, 'the token is wrong');
    this.#unproven.add(429, 'too many wrong tokens');
    throw new RequestFault(429, 'Too many wrong tokens. Send the right one, or wait.', {
      'retry-after': String(waitSeconds),
    });
  }

  #required(because: ProofWanted['because'], reason: string): SymphonyError {
    this.#unproven.add(401, reason);
    return new SymphonyError(
      'operator_required',
      `${because}, and ${reason}. Send "Authorization: Bearer <token>"; "symphony token" prints it.`,
    );
  }
}
