import path from 'node:path';
import { systemClock } from '../engine/system-clock.js';
import type { Logger } from '../observe/logger.js';
import type { Secrets } from '../observe/redact.js';
import { Transcripts } from '../observe/transcripts.js';
import type { Clock } from '../ports/clock.js';
import { openDurableClock } from '../stores/durable-clock.js';
import { keepOperatorToken, restoreOperatorToken } from '../stores/operator-token.js';
import type { StateDirectory } from '../stores/state-directory.js';
import {
  type Restore,
  StateDirectoryWatch,
  type StateDirectoryWatchParts,
} from '../stores/state-directory-watch.js';
import type { Shutdown } from './shutdown.js';

/** What a daemon keeps in its state directory, besides the lock, the log and the socket. */
export interface KeptState {
  /** The operator's; nothing may show it. */
  readonly token: string;
  /** Goes on where the last daemon here left it. */
  readonly clock: Clock;
  readonly transcripts: Transcripts;
  /** From now on puts everything back that is removed. */
  watch(parts: KeptStateWatch): void;
}

/** What a watch over the state directory needs of others. */
interface KeptStateWatch extends Pick<StateDirectoryWatchParts, 'onProblem' | 'onTaken'> {
  /** The socket is in the directory, too, but is kept by the surfaces. */
  readonly restoreSocket: Restore;
}

interface KeptStateParts {
  readonly logger: Logger;
  readonly secrets: Secrets;
  /** Takes what is to be ended with the daemon. */
  readonly shutdown: Shutdown;
}

/** Finds what the last daemon here kept, or begins it. @throws SymphonyError when the token cannot be kept */
export async function openKeptState(
  directory: StateDirectory,
  { logger, secrets, shutdown }: KeptStateParts,
): Promise<KeptState> {
  const token = await keepOperatorToken(directory.path);
  secrets.add([token]);
  const { clock, save, close } = await openDurableClock(directory.path, systemClock, (message) =>
    logger.warn('clock not kept', { reason: message }),
  );
  shutdown.own(close);
  const transcripts = new Transcripts({
    directory: path.join(directory.path, 'transcripts'),
    secrets,
    now: () => systemClock.wallMs(),
    onProblem: (message) => logger.warn('transcripts not kept', { reason: message }),
  });
  shutdown.ownBounded(() => transcripts.close());
  return {
    ...{ token, clock, transcripts },
    watch: ({ restoreSocket, ...news }) => {
      const restore = [
        () => restoreOperatorToken(directory.path, token),
        restoreSocket,
        save,
        () => transcripts.restore(),
      ];
      const watch = new StateDirectoryWatch({ directory, clock, restore, ...news });
      watch.start();
      shutdown.own(() => watch.close());
    },
  };
}
