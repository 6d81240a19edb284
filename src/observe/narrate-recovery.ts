import type { State } from '../core/state.js';
import { type LogLine, logLine } from './log-line.js';

/** Tells what a daemon has of the one before it; of each issue a line of its own says how it stands. */
export function recoveryLines({ claims, hold }: State): LogLine[] {
  const count = claims.size;
  const taken = count === 1 ? 'one issue' : `${count} issues`;
  return [
    ...(count === 0
      ? []
      : [
          logLine('info', 'journal recovered', `goes on with ${taken} of the last daemon`, { issues: count }),
        ]),
    ...(hold === null ? [] : [stillPaused(hold.sinceWallMs)]),
  ];
}

function stillPaused(sinceWallMs: number): LogLine {
  const since = new Date(sinceWallMs).toISOString();
  const sentence = 'dispatch is still paused, as a person ordered: "symphony resume" lets it go on';
  return logLine('warn', 'dispatch still paused', sentence, { since, reason: sentence });
}
