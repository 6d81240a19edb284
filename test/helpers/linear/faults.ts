import type { PageDistortion } from './api/page-distortion.js';

/** What goes wrong with one request. How each looks is in `wire/fault-answers.ts` and in `fake-linear.test.ts`. */
export type LinearFault =
  | { readonly kind: RefusalKind }
  /** `afterExecution`: the request was carried out before this, which its sender cannot know. */
  | { readonly kind: BreakdownKind; readonly afterExecution?: boolean }
  /** Half of the true body, then a reset. */
  | { readonly kind: 'cutsBody' }
  /** The true data beside an error, or `data: null` without any; `null` is all that is left of a true answer. */
  | { readonly kind: 'partialData' | 'nullsData' }
  /** `connection` is the field that lies, by default `issues`. */
  | { readonly kind: PageDistortion['kind']; readonly connection?: string }
  /** The true answer after so many real milliseconds. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The true answer once this is settled: for tests that decide when. */
  | { readonly kind: 'held'; readonly until: Promise<unknown> };

/** The request was not carried out, and the answer says so, more or less clearly. */
export type RefusalKind =
  | 'throttled400'
  | 'throttled200'
  | 'throttled429'
  | 'endpointThrottled'
  | 'unauthenticated401'
  | 'forbidden200'
  | 'forbidden403'
  | 'tooComplex';

/** Nobody can tell whether the request was carried out. */
export type BreakdownKind =
  | 'serverError500'
  | 'unavailable503Html'
  | 'internalErrorIn200'
  | 'lockTimeoutIn200'
  | 'notJson200'
  | 'emptyBody'
  | 'wrongShape'
  | 'hangs'
  | 'cutsConnection';

export interface FaultedRequest {
  readonly operationName: string | null;
  readonly rootFields: readonly string[];
}

export interface FaultOptions {
  /** How many requests; Infinity is until `clear()`. Left out: one. */
  readonly times?: number;
  /** Which requests; the others pass by. */
  readonly when?: (request: FaultedRequest) => boolean;
}

interface Waiting {
  readonly fault: LinearFault;
  readonly when: (request: FaultedRequest) => boolean;
  left: number;
}

/** Faults that wait for their requests, in the order in which they were asked for; a request meets at most one. */
export class LinearFaults {
  #waiting: Waiting[] = [];

  next(fault: LinearFault, { times = 1, when = () => true }: FaultOptions = {}): void {
    this.#waiting.push({ fault, when, left: times });
  }

  clear(): void {
    this.#waiting = [];
  }

  /** The fault that this request meets; it has then happened. */
  take(request: FaultedRequest): LinearFault | null {
    const met = this.#waiting.find(({ when }) => when(request));
    if (met === undefined) return null;
    met.left -= 1;
    this.#waiting = this.#waiting.filter(({ left }) => left > 0);
    return met.fault;
  }
}
