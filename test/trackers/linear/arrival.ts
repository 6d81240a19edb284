import type { LinearFault, LinearFaults } from '../../helpers/linear/faults.js';

/** Lets the next request meet this fault; settles when that request has arrived. */
export function arrival(faults: LinearFaults, fault: LinearFault): Promise<void> {
  return new Promise((resolve) => {
    const when = () => {
      resolve();
      return true;
    };
    faults.next(fault, { when });
  });
}
