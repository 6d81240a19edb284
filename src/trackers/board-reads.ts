import { SymphonyError } from '../domain/error.js';
import { type Issue, type IssueId, normalizedState } from '../domain/issue.js';
import type { Tracker } from '../ports/tracker.js';
import type { BoardView } from './board-view.js';

/** The tracker's reads over views of a board; each asks for one view, and for none when nothing is wanted. */
export function boardReads(
  view: (signal: AbortSignal) => Promise<BoardView>,
): Required<Pick<Tracker, 'issuesByStates' | 'issuesByIds' | 'poll'>> {
  return {
    async issuesByStates(states, signal) {
      signal.throwIfAborted();
      return states.length === 0 ? [] : selectStates(await view(signal), states);
    },
    async issuesByIds(ids, signal) {
      signal.throwIfAborted();
      return ids.length === 0 ? [] : selectIds(await view(signal), ids);
    },
    async poll({ states, ids }, signal) {
      signal.throwIfAborted();
      if (states.length === 0 && ids.length === 0) return { byStates: [], byIds: [] };
      const seen = await view(signal);
      return { byStates: selectStates(seen, states), byIds: selectIds(seen, ids) };
    },
  };
}

function selectStates({ issues }: BoardView, states: readonly string[]): readonly Issue[] {
  const wanted = new Set(states.map(normalizedState));
  return [...issues.values()].filter(({ state }) => wanted.has(normalizedState(state)));
}

/**
 * The issues of a board with these ids; those it does not know are left out.
 * @throws SymphonyError `tracker_response` when one of them is there but cannot be told
 */
export function selectIds({ issues, malformed }: BoardView, ids: readonly IssueId[]): readonly Issue[] {
  return [...new Set(ids)].flatMap((id) => {
    const reason = malformed.get(id);
    if (reason !== undefined) {
      throw new SymphonyError('tracker_response', `issue ${id} cannot be read: ${reason}`);
    }
    return issues.get(id) ?? [];
  });
}
