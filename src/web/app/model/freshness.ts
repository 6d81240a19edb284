import { span } from './format.js';

/** What is known of the way to the daemon. Times are milliseconds of this machine. */
export type Contact =
  /** Nothing has been asked yet, or the first answer is on its way. */
  | { readonly kind: 'connecting' }
  | { readonly kind: 'answering'; readonly answeredAtMs: number }
  | {
      readonly kind: 'lost';
      /** When it last answered; null when it never has. */
      readonly answeredAtMs: number | null;
      readonly reason: string;
    }
  /** It asks for the operator's token before it tells anything. */
  | { readonly kind: 'locked'; readonly answeredAtMs: number | null };

/** Longer than the daemon is left unasked while the page is looked at. */
const FRESH_MS = 15_000;

/** Whether what is shown may be taken for what is. */
export function isFresh(contact: Contact, nowMs: number): boolean {
  return contact.kind === 'answering' && nowMs - contact.answeredAtMs <= FRESH_MS;
}

/** What to say about the age of what is shown; null while it is fresh. */
export function contactNotice(
  contact: Contact,
  nowMs: number,
): { readonly title: string; readonly text: string } | null {
  if (contact.kind === 'connecting' || isFresh(contact, nowMs)) return null;
  if (contact.kind === 'locked')
    return {
      title: 'Signing in is needed',
      text: 'This daemon listens beyond its own machine and shows its state to operators only.',
    };
  const title = contact.kind === 'lost' ? contact.reason : 'The daemon has not answered for a while';
  const { answeredAtMs } = contact;
  const age =
    answeredAtMs === null ? 'Nothing is known yet.' : `What is shown is ${span(nowMs - answeredAtMs)} old.`;
  return { title, text: `${age} Trying again.` };
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

/**
 * How long to wait before trying again after so many failures in a row. `chance` from 0 to 1 spreads the pages of
 * several people, so that a daemon that has just started is not asked by all of them at once.
 */
export function retryWaitMs(failures: number, chance: number): number {
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** Math.max(failures - 1, 0), LONGEST_WAIT_MS);
  return Math.round(waitMs * (0.75 + chance / 2));
}
