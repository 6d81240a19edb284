import { readFileSync } from 'node:fs';

/** A process of this machine: the number, and when it began, which tells it from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** In the kernel's words; null where they are unknown. */
  readonly startedAt: string | null;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startedAt: statOf(process.pid)?.startedAt ?? null };
}

/** Whether this very process is still there. Without start times its number alone has to tell. */
export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    const isAnothers = error instanceof Error && 'code' in error && error.code === 'EPERM';
    if (!isAnothers) return false;
  }
  const now = statOf(pid);
  if (now === null) return true;
  // Whoever began it may not have noticed its end.
  return !['Z', 'X'].includes(now.state) && (startedAt === null || now.startedAt === startedAt);
}

/** What the kernel says of a process; null where it says nothing. */
function statOf(pid: number): { readonly state: string; readonly startedAt: string | null } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // A command may have any name, so with spaces and parentheses, too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', startedAt: fields[19] ?? null };
  } catch {
    return null;
  }
}
