import { SymphonyClient } from '../../client/client.js';
import { proveCaller } from '../../hosts/caller-proof.js';
import { readOperatorToken } from '../../stores/operator-token.js';
import { findSocket } from '../../stores/socket-path.js';
import { defaultStateDirectory } from '../../stores/state-directory.js';

/** Which daemon is meant. */
export interface Target {
  /** Absolute; the file itself is not read. */
  readonly workflowPath: string;
  readonly stateDir: string | null;
}

/** The daemon on a workflow file, through its socket; whether there is one shows with the first request. */
export function daemonOf({ workflowPath, stateDir }: Target): SymphonyClient {
  const directory = stateDir ?? defaultStateDirectory(workflowPath);
  return new SymphonyClient({
    socketPath: () => findSocket(directory),
    token: async () => {
      // Where no daemon runs, that is what a person has to know, and not what is missing besides.
      await findSocket(directory);
      return await readOperatorToken(directory);
    },
    prove: () => proveCaller(directory),
  });
}
