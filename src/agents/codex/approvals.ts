import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { Question } from '../../domain/session.js';
import { decidedAnswer, refusal, sessionApproval } from './answers.js';
import type { Grant } from './grants.js';
import { type QuestionContext, questionOf } from './questions.js';

/** What we do with a request that asks for a decision. */
export type Verdict =
  /** It is decided already: answer, and the turn goes on. */
  | {
      readonly kind: 'answer';
      readonly answer: JsonValue;
      readonly by: 'policy' | 'person';
      readonly what: string;
    }
  /** A person must decide: the turn ends here, and the request gets this refusal so that nothing waits for us. */
  | { readonly kind: 'ask'; readonly question: Question; readonly refusal: JsonValue }
  /** Not a request for a decision. */
  | { readonly kind: 'unknown' };

/** By what requests of a session are judged. */
export interface Bench extends QuestionContext {
  readonly approvalPolicy: JsonValue;
  readonly grant: Grant;
}

/** The only policy under which we approve by ourselves, and only when it is exactly this word. */
const APPROVE_ALL = 'never';

/** Judges a server request: by policy, else by what a person has decided about exactly this, else it is asked. */
export function judge(method: string, params: JsonObject, bench: Bench): Verdict {
  const question = questionOf(method, params, bench);
  if (question === null) return { kind: 'unknown' };
  const approval = bench.approvalPolicy === APPROVE_ALL ? sessionApproval(method, params) : null;
  if (approval !== null) return { kind: 'answer', answer: approval, by: 'policy', what: question.text };
  const decision = bench.grant.for(question);
  const decided = decision === null ? null : decidedAnswer(method, params, decision);
  if (decided === null) return { kind: 'ask', question, refusal: refusal(method) };
  bench.grant.use();
  return { kind: 'answer', answer: decided, by: 'person', what: question.text };
}
