import path from 'node:path';
import { factIn } from '../core/fact-schema.js';
import { type Fact, foldedFacts } from '../core/facts.js';
import { systemClock } from '../engine/system-clock.js';
import type { Logger } from '../observe/logger.js';
import type { Secrets } from '../observe/redact.js';
import { Transcripts } from '../observe/transcripts.js';
import type { Clock } from '../ports/clock.js';
import type { Store } from '../ports/store.js';
import type { ReportProblem } from '../ports/tracker.js';
import { openDurableClock } from '../stores/durable-clock.js';
import { openJournal } from '../stores/journal.js';
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
  readonly journal: Store<Fact>;
  /** What the daemons before this one kept in the journal, the oldest first. */
  readonly facts: readonly Fact[];
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
  readonly report: ReportProblem;
  /** Takes what is to be ended with the daemon. */
  readonly shutdown: Shutdown;
}

/**
 * Finds what the last daemon here kept, or begins it.
 * @throws SymphonyError when the token cannot be kept, or the journal not be used (`store_failed`)
 */
export async function openKeptState(
  directory: StateDirectory,
  { logger, secrets, shutdown, report }: KeptStateParts,
): Promise<KeptState> {
  const token = await keepOperatorToken(directory.path);
  secrets.add([token]);
  const { clock, save, close } = await openDurableClock(directory.path, systemClock, (message) =>
    logger.warn('clock not kept', { reason: message }),
  );
  shutdown.own(close);
  const journal = await openJournal({
    directory: directory.path,
    clock,
    fold: foldedFacts,
    parse: factIn,
    onProblem: (message) => report({ code: 'store_failed', message }),
  });
  shutdown.own(() => journal.close());
  const transcripts = new Transcripts({
    directory: path.join(directory.path, 'transcripts'),
    secrets,
    now: () => systemClock.wallMs(),
    onProblem: (message) => logger.warn('transcripts not kept', { reason: message }),
  });
  shutdown.ownBounded(() => transcripts.close());
  return {
    ...{ token, clock, transcripts },
    journal: withoutSecrets(journal, secrets),
    facts: await journal.read(),
    watch: ({ restoreSocket, ...news }) => {
      const restore = [
        () => restoreOperatorToken(directory.path, token),
        restoreSocket,
        save,
        () => journal.restore(),
        () => transcripts.restore(),
      ];
      const watch = new StateDirectoryWatch({ directory, clock, restore, ...news });
      watch.start();
      shutdown.own(() => watch.close());
    },
  };
}

/** What agents say, and what is asked of people, may hold secrets; nothing that is kept does. */
function withoutSecrets(journal: Store<Fact>, secrets: Secrets): Store<Fact> {
  return {
    append: (facts) => journal.append(secrets.redactValue(facts)),
    read: () => journal.read(),
    close: () => journal.close(),
  };
}
