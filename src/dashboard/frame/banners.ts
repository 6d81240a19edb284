import type { Hold } from '../../domain/order.js';
import type { Snapshot } from '../../domain/snapshot.js';
import { counted, span as spanText } from '../text/format.js';
import { type Line, lineOf, type Span, span } from '../text/line.js';
import { plainLine, wrapAtMost } from '../text/text.js';
import type { FrameInput } from './frame-input.js';
import { downText } from './hosts.js';

/** A banner says what is wrong, not everything that could be said about it. */
const MAX_LINES = 3;
/** The header counts the others. */
const MAX_DOWN_HOSTS = 2;

type BannerInput = Pick<FrameInput, 'snapshot' | 'nowMs' | 'columns' | 'fault'>;

/** What keeps the daemon from its work, in lines of their own. */
export function bannerLines({ snapshot, nowMs, columns, fault }: BannerInput): Line[] {
  const { workflowProblem, accountLimit, hold, polling } = snapshot;
  const lines: Line[] = [];
  const add = (tone: Span['tone'], text: string): void => {
    lines.push(...banner(text, tone, columns));
  };
  if (fault !== null) {
    add('bad', `! What is shown is ${spanText(nowMs - snapshot.generatedAtMs)} old: ${plainLine(fault)}`);
  }
  if (workflowProblem !== null) {
    add('bad', `! The workflow file is invalid, nothing new starts: ${plainLine(workflowProblem.message)}`);
  }
  if (accountLimit !== null) {
    const left = spanText(accountLimit.untilMs - nowMs);
    add('bad', `! ${plainLine(accountLimit.reason)}, nothing new starts for ${left}`);
  }
  if (polling.failure !== null) add('bad', `! The tracker fails: ${plainLine(polling.failure.message)}`);
  for (const text of snapshot.hosts.flatMap((host) => downText(host, nowMs) ?? []).slice(0, MAX_DOWN_HOSTS)) {
    add('bad', `! ${text}`);
  }
  if (hold !== null) add('warn', holdText(hold, snapshot, nowMs));
  return lines;
}

function holdText({ kind, sinceWallMs }: Hold, { running }: Snapshot, nowMs: number): string {
  const since = spanText(nowMs - sinceWallMs);
  if (kind === 'paused') return `‖ PAUSED for ${since}: nothing new starts until p resumes it`;
  const end = running.length === 0 ? 'it ends now' : `it ends after ${counted(running.length, 'run')}`;
  return `‖ DRAINING for ${since}: nothing new starts, ${end}; p takes that back`;
}

function banner(text: string, tone: Span['tone'], columns: number): Line[] {
  return wrapAtMost(text, columns - 4, MAX_LINES).map((line, index) =>
    lineOf(columns, span('│ ', 'dim'), span(`${index === 0 ? '' : '  '}${line}`, tone)),
  );
}
