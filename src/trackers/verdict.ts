import type { BlockerRef, Issue } from '../domain/issue.js';
import { plainLine } from './plain-line.js';

/** What a tracker says about whether an issue may be worked on. */
export type Verdict = Pick<Issue, 'dispatchable' | 'notDispatchableBecause'>;

const MOST_NAMED = 3;
const MAX_NAME_LENGTH = 60;

/** The verdict that follows from what stands against an issue; null when nothing does. */
export function verdict(because: string | null): Verdict {
  return because === null ? { dispatchable: true } : { dispatchable: false, notDispatchableBecause: because };
}

/** The blockers that hold an issue, as `blocked by MT-7 (In Review)`; null when there are none. */
export function blockedBecause(holding: readonly BlockerRef[]): string | null {
  if (holding.length === 0) return null;
  const named = holding.slice(0, MOST_NAMED).map(told).join(', ');
  const others = holding.length - MOST_NAMED;
  return `blocked by ${named}${others > 0 ? ` and ${others} more` : ''}`;
}

function told({ id, identifier, state }: BlockerRef): string {
  if (identifier === null) return 'an issue that cannot be seen';
  return `${plainLine(identifier, MAX_NAME_LENGTH)} (${state === null ? unknown(id) : plainLine(state, MAX_NAME_LENGTH)})`;
}

function unknown(id: string | null): string {
  return id === null ? 'not found' : 'state unknown';
}
