import { READINESS } from './rules.js';
import type { State } from './state.js';

/**
 * When an issue that is due goes on, in the words in which a sentence ends: at once where only a slot is wanted, else
 * after whatever lets nothing new start now.
 * @param lifted whether what makes it due also ends the limit of the account
 */
export function whenItGoesOn(state: State, { lifted = false } = {}): string {
  const broken = READINESS.filter(
    ({ name, keeps }) => !keeps(state) && !(lifted && name === 'account_not_limited'),
  );
  const awaited = broken.map(({ until }) => until(state));
  if (state.queue.held) awaited.push('the tracker has answered again');
  return awaited.length === 0
    ? 'as soon as there is a slot'
    : `once ${[...awaited, 'there is a slot'].join(' and ')}`;
}
