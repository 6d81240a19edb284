import { createHash } from 'node:crypto';
import path from 'node:path/posix';

// A hold is one line, the same on every machine and whoever wrote it: the holder's id, number and start time of the
// process that stands for it there, then its note. `files` of the SSH scripts reads and writes the same.

/** A hold, read. */
export interface HoldText {
  readonly id: string;
  readonly pid: number;
  /** `-` where start times are unknown. */
  readonly startedAt: string;
  readonly note: string;
}

/** The line of a hold. */
export function holdLine({ id, pid, startedAt, note }: HoldText): string {
  return `${id} ${pid} ${startedAt} ${note}\n`;
}

/** What a hold says; whatever is no hold, because a crash cut it short, says that nobody lives. */
export function holdText(line: string): HoldText {
  const [, id = '', pid = '0', startedAt = '-', note = ''] =
    /^([A-Za-z0-9]+) (\d+) (\d+|-) (.*)\n$/.exec(line) ?? [];
  return { id, pid: Number(pid), startedAt, note };
}

/** What the names of the files begin with that are there while a hold is taken: short, as the hold's own may not be. */
export function holdStem(hold: string): string {
  // File systems may ignore case.
  const name = createHash('sha256').update(path.basename(hold).toLowerCase()).digest('hex').slice(0, 16);
  return path.join(path.dirname(hold), `.${name}`);
}

/** Where the successor of a hold is told of while it takes its place. */
export function successorPath(stem: string, line: string): string {
  const { id, pid, startedAt } = holdText(line);
  return id === '' ? `${stem}.after.unreadable` : `${stem}.after.${id}.${pid}.${startedAt}`;
}
