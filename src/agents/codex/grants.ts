import type { Answer, AnsweredQuestion, Question } from '../../domain/session.js';
import { digestOf } from './digest.js';

/**
 * What a person decided about one request, before this session began. It counts once, and only for a request with
 * exactly the same subject; everything else is asked anew.
 */
export class Grant {
  #answered: AnsweredQuestion | null;

  constructor(answered: AnsweredQuestion | null) {
    this.#answered = answered;
  }

  /** The decision about this question; null when there is none, or when it is none for this kind of question. */
  for(question: Question): Answer | null {
    const decided = this.#answered?.question.subject;
    if (this.#answered === null || decided === undefined || question.subject === undefined) return null;
    return digestOf(decided) === digestOf(question.subject) ? this.#answered.answer : null;
  }

  /** The decision was made use of. */
  use(): void {
    this.#answered = null;
  }
}
