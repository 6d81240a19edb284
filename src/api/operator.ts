import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SymphonyError } from '../domain/error.js';
import { RequestFault } from './failure.js';
import { RefusalLog, type WarningLog } from './refusal-log.js';

/** Looking for the process behind a connection costs a moment each; nobody who acts by hand needs more at once. */
const MAX_CHECKS_AT_ONCE = 4;

/** Both ends of a connection on this machine; a port is undefined once the connection is gone. */
export interface Connection {
  readonly localPort: number | undefined;
  readonly remotePort: number | undefined;
}

/** By what a person who runs the daemon is told from the agents it runs. */
export interface Operator {
  readonly token: string;
  /** Why whoever holds the other end may not act for a person, as a sentence; null where nothing speaks against it. */
  refusalOf(connection: Connection): Promise<string | null>;
}

/** What the guard needs. */
export interface OperatorGuardOptions {
  /** Without one, nothing that acts for a person is taken. */
  readonly operator?: Operator;
  readonly log: WarningLog;
  /** Wall milliseconds. */
  readonly now: () => number;
}

/**
 * Lets only a person act. The token alone does not tell: an agent runs as the same user and may have read it. So the
 * process at the other end of the connection is looked for as well, where that can be told.
 */
export class OperatorGuard {
  readonly #operator: Operator | null;
  readonly #unproven: RefusalLog;
  readonly #agents: RefusalLog;
  #checking = 0;

  constructor({ operator, log, now }: OperatorGuardOptions) {
    this.#operator = operator ?? null;
    this.#unproven = new RefusalLog('order without operator token refused', log, now);
    this.#agents = new RefusalLog('order of an agent refused', log, now);
  }

  /**
   * Refuses a request that does not come from a person; for `onRequest`, so that no body of a stranger is read.
   * @throws SymphonyError `operator_required`; RequestFault 403 or 429
   */
  readonly check = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const operator = this.#operator;
    const presented = bearerToken(request.headers.authorization);
    if (operator === null || presented === null || !isSame(presented, operator.token)) {
      reply.header('www-authenticate', 'Bearer');
      const reason = presented === null ? 'no token was sent' : 'the token is wrong';
      this.#unproven.add(401, reason);
      throw new SymphonyError(
        'operator_required',
        `This acts for a person, and ${reason}. Send "Authorization: Bearer <token>"; "symphony token" prints it.`,
      );
    }
    const reason = await this.#refusalOf(operator, request.socket);
    if (reason === null) return;
    this.#agents.add(403, reason);
    throw new RequestFault(403, `This is for people only. ${reason}`);
  };

  async #refusalOf(operator: Operator, { localPort, remotePort }: Socket): Promise<string | null> {
    if (this.#checking >= MAX_CHECKS_AT_ONCE) {
      throw new RequestFault(429, 'Too many orders at once. Send this one again in a moment.');
    }
    this.#checking += 1;
    try {
      return await operator.refusalOf({ localPort, remotePort });
    } finally {
      this.#checking -= 1;
    }
  }
}

function bearerToken(header: string | undefined): string | null {
  return /^Bearer +(\S+) *$/iu.exec(header ?? '')?.[1] ?? null;
}

/** In a time that tells nothing of where the two differ, nor of how long the right one is. */
function isSame(presented: string, token: string): boolean {
  const [a, b] = [presented, token].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
