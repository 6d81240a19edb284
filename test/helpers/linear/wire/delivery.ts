import { setTimeout as delay } from 'node:timers/promises';
import type { ApiRequest, LinearApi } from '../api/linear-api.js';
import type { LinearFault } from '../faults.js';
import { type Answer, json } from './answer.js';
import { breakdownOf, refusalOf, withError } from './fault-answers.js';

/** What the sender of a request gets to see: all of an answer, half of its body, a reset before it, or nothing, ever. */
export type Delivery =
  | { readonly kind: 'whole' | 'half'; readonly answer: Answer }
  | { readonly kind: 'cut' }
  | { readonly kind: 'nothing' };

export interface DeliveryContext {
  readonly api: LinearApi;
  readonly nowMs: number;
  /** The end of the fake, which ends waiting. */
  readonly signal: AbortSignal;
}

/** Answers a request as its fault wants it. */
export async function deliver(
  request: Omit<ApiRequest, 'distortion'>,
  fault: LinearFault | null,
  { api, nowMs, signal }: DeliveryContext,
): Promise<Delivery> {
  const truly = () => api.answer({ ...request, distortion: null });
  if (fault === null) return whole(truly());
  switch (fault.kind) {
    case 'slow':
      await delay(fault.ms, undefined, { signal });
      return whole(truly());
    case 'held':
      await fault.until;
      return whole(truly());
    case 'cutsBody':
      return { kind: 'half', answer: truly() };
    case 'nullsData':
      truly();
      return whole(json(200, { data: null }));
    case 'partialData':
      return whole(withError(truly()));
    case 'missingEndCursor':
    case 'repeatedCursor':
    case 'doubledIssue': {
      const distortion = { kind: fault.kind, connection: fault.connection ?? 'issues' };
      return whole(api.answer({ ...request, distortion }));
    }
    case 'serverError500':
    case 'unavailable503Html':
    case 'internalErrorIn200':
    case 'lockTimeoutIn200':
    case 'notJson200':
    case 'emptyBody':
    case 'wrongShape':
    case 'hangs':
    case 'cutsConnection':
      if (fault.afterExecution === true) truly();
      if (fault.kind === 'hangs') return { kind: 'nothing' };
      return fault.kind === 'cutsConnection' ? { kind: 'cut' } : whole(breakdownOf(fault.kind));
    default: {
      const { requestsPerHour } = api;
      const endpoint = request.asked.rootFields[0] ?? '';
      return whole(refusalOf(fault.kind, { nowMs, requestsPerHour, endpoint }));
    }
  }
}

function whole(answer: Answer): Delivery {
  return { kind: 'whole', answer };
}
