import path from 'node:path/posix';
import { z } from 'zod';
import type { Host } from '../ports/host.js';
import { MARKS, markPath, type Place } from './containment.js';

/**
 * What is known about a workspace beside it: whose it is, and whether it is whole. Written `building` before the
 * directory and `ready` after `after_create`, and `building` again before it is removed, so a crash in between leaves
 * a partial directory that is known to be one.
 */
export const Mark = z.object({
  v: z.literal(1),
  state: z.enum(['building', 'ready']),
  issue_id: z.string(),
  identifier: z.string(),
  /** A run began here, and its `after_run`, which may be what saves its work, has not come to an end since. */
  owes_after_run: z.boolean().optional(),
});
export type Mark = z.infer<typeof Mark>;

/** The mark of a place; null when there is none or it cannot be read as one. */
export async function readMark(host: Host, place: Place): Promise<Mark | null> {
  const text = await host.readText(markPath(place));
  if (text === null) return null;
  const parsed = Mark.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

/** Sets the mark of a place. */
export async function writeMark(
  host: Host,
  place: Place,
  state: Mark['state'],
  issue: { readonly id: string; readonly identifier: string },
  { owesAfterRun = false } = {},
): Promise<void> {
  const mark: Mark = {
    v: 1,
    state,
    issue_id: issue.id,
    identifier: issue.identifier,
    ...(owesAfterRun ? { owes_after_run: true } : {}),
  };
  await host.makeDirectory(path.join(place.root, MARKS));
  await host.writeText(markPath(place), `${JSON.stringify(mark)}\n`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
