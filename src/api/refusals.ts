import type { ErrorCode } from '../domain/error.js';
import { statusOfCode } from './failure.js';
import { NO_BODY, NOTHING, type Route } from './route.js';

/** Why a route refuses, by status: what it says itself, and what follows of who may ask. */
export function refusalsOf(route: Route): ReadonlyMap<number, readonly ErrorCode[]> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set([...ofRequest(route), ...ofAccess(route), ...route.refusals])) {
    const status = statusOfCode(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return new Map([...byStatus].sort(([a], [b]) => a - b));
}

function ofRequest({ params, query, body }: Route): readonly ErrorCode[] {
  return params === NOTHING && query === NOTHING && body === NO_BODY ? [] : ['request_failed'];
}

function ofAccess({ access, method }: Route): readonly ErrorCode[] {
  const ofSender: ErrorCode[] =
    method === 'GET' ? ['forbidden_host'] : ['forbidden_host', 'forbidden_origin'];
  switch (access) {
    case 'webhook':
      return [];
    case 'public':
      return ofSender;
    case 'read':
    case 'free':
      return ['operator_required', ...ofSender];
    case 'operator':
      return ['operator_required', ...ofSender, 'forbidden_process'];
  }
}
