import type { Issue, IssueId } from '../../domain/issue.js';

/**
 * Issues that wait for each other, so that none of them will ever start: one circle after the other, each in the order in
 * which its issues wait, the first of the alphabet first. Issues that only wait for a circle are in none.
 */
export function circlesOf(issues: ReadonlyMap<IssueId, Issue>): readonly (readonly IssueId[])[] {
  const held = [...issues.values()].filter(({ dispatchable }) => !dispatchable);
  const waiting = new Map(
    held
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, blockedBy }) => [id, blockedBy.flatMap((blocker) => blocker.id ?? [])]),
  );
  const circles: (readonly IssueId[])[] = [];
  // Each turn takes at least one issue away.
  for (let circle = oneCircle(waiting); circle !== null; circle = oneCircle(waiting)) {
    circles.push(circle);
    for (const id of circle) waiting.delete(id);
  }
  return circles;
}

/** Goes from an issue to what it waits for until it has been there; what leads nowhere is taken out. */
function oneCircle(waiting: Map<IssueId, readonly IssueId[]>): readonly IssueId[] | null {
  const path: IssueId[] = [];
  for (;;) {
    const at = path.at(-1) ?? waiting.keys().next().value;
    if (at === undefined) return null;
    if (path.length === 0) path.push(at);
    const next = waiting.get(at)?.find((id) => waiting.has(id));
    if (next === undefined) {
      waiting.delete(at);
      path.pop();
    } else if (path.includes(next)) {
      return path.slice(path.indexOf(next));
    } else {
      path.push(next);
    }
  }
}

/** A circle in words. */
export function circleProblem(circle: readonly IssueId[]): string {
  const [first = '', ...others] = circle;
  return others.length === 0
    ? `${first} is blocked by itself, so it does not start; take it out of its blocked_by`
    : `${circle.join(', ')} wait for each other, so none of them starts; take one out of a blocked_by`;
}
