import type { State } from '../core/state.js';
import type { AccountLimit } from '../core/until.js';
import { type LogLine, logLine } from './log-line.js';

/** Tells what a daemon has of the one before it; of each issue a line of its own says how it stands. */
export function recoveryLines({ claims, hold, accountLimit, problems }: State): LogLine[] {
  const count = claims.size;
  const taken = count === 1 ? 'one issue' : `${count} issues`;
  return [
    ...problems.filter(({ code }) => code === 'board_changed').map(boardChanged),
    ...(count === 0
      ? []
      : [
          logLine('info', 'journal recovered', `goes on with ${taken} of the last daemon`, { issues: count }),
        ]),
    ...(hold === null ? [] : [stillPaused(hold.sinceWallMs)]),
    ...(accountLimit === null ? [] : [stillLimited(accountLimit)]),
  ];
}

function boardChanged({ code, message }: State['problems'][number]): LogLine {
  return logLine('warn', 'board changed', message, { code, reason: message });
}

function stillLimited({ until, reason }: AccountLimit): LogLine {
  const end = new Date(until.wallMs).toISOString();
  const sentence = `nothing new starts before ${end}: ${reason}`;
  return logLine('warn', 'account still limited', sentence, { until: end, reason });
}

function stillPaused(sinceWallMs: number): LogLine {
  const since = new Date(sinceWallMs).toISOString();
  const sentence = 'dispatch is still paused, as a person ordered: "symphony resume" lets it go on';
  return logLine('warn', 'dispatch still paused', sentence, { since, reason: sentence });
}
