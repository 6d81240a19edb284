import type { FastifyInstance, FastifyReply } from 'fastify';
import { SymphonyError } from '../domain/error.js';
import type { Answer } from '../domain/session.js';
import type { Commands } from '../domain/snapshot.js';
import { OperatorGuard, type OperatorGuardOptions } from './operator.js';
import { AnswerRequest, type AnswerResponse } from './schema.js';

/** `issues/answer` alone is the issue called "answer", which is only read. */
export const ANSWER_PATH = /^\/api\/v1\/(?:issues\/[^/]+|(?!issues\/)[^/]+)\/answer$/u;

/** What the route needs. */
export interface AnswerRouteOptions extends OperatorGuardOptions {
  readonly commands: Commands;
}

/** Adds `POST /api/v1/<issue identifier>/answer`, by which a person decides what a blocked issue asks. */
export function addAnswerRoute(app: FastifyInstance, options: AnswerRouteOptions): void {
  const { check } = new OperatorGuard(options);
  for (const path of ['/api/v1/:identifier/answer', '/api/v1/issues/:identifier/answer']) {
    app.post<{ Params: { identifier: string } }>(
      path,
      { onRequest: check },
      ({ params: { identifier }, body }, reply: FastifyReply) => {
        take(options.commands, identifier, answerIn(body));
        const response: AnswerResponse = { queued: true, issue_identifier: identifier };
        return reply.status(202).type('application/json; charset=utf-8').send(JSON.stringify(response));
      },
    );
  }
}

/** @throws SymphonyError `issue_not_found` or `not_blocked` */
function take(commands: Commands, identifier: string, answer: Answer): void {
  switch (commands.answer(identifier, answer)) {
    case 'queued':
      return;
    case 'notBlocked':
      throw new SymphonyError('not_blocked', `Issue ${identifier} asks nothing, or was answered already.`);
    case 'unknown':
      throw new SymphonyError(
        'issue_not_found',
        `No issue ${identifier} is running, waiting for a retry, blocked or parked.`,
      );
  }
}

/** @throws SymphonyError `request_failed`, saying what is wrong and what is taken */
function answerIn(body: unknown): Answer {
  const { success, data, error } = AnswerRequest.safeParse(body ?? {});
  if (success) return data;
  const faults = error.issues.map(({ message }) => message).join('; ');
  throw new SymphonyError(
    'request_failed',
    `The answer is not understood: ${faults}. Send {"decision": "approve"}, {"decision": "decline"} or ` +
      '{"text": "…"} as application/json.',
  );
}
