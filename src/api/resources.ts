import type { HistorySource } from '../domain/history.js';
import type { Commands } from '../domain/snapshot.js';
import type { WebhookReceiver } from '../domain/webhook.js';
import type { Answers } from './answers.js';
import type { LookUps } from './look-ups.js';
import type { OperatorGuard } from './operator.js';
import type { Refreshes } from './refreshes.js';
import type { EventStreams } from './streams.js';
import type { TranscriptReads } from './transcript-reads.js';

/** What the routes answer from and hand on to. */
export interface Resources {
  readonly answers: Answers;
  readonly lookUps: LookUps;
  readonly history: HistorySource;
  readonly transcripts: TranscriptReads;
  readonly streams: EventStreams;
  readonly commands: Commands;
  readonly refreshes: Refreshes;
  readonly operator: OperatorGuard;
  /** Null where no deliveries are taken. */
  readonly webhook: WebhookReceiver | null;
  /** Wall milliseconds. */
  readonly now: () => number;
}
