import { SymphonyError } from '../../domain/error.js';
import type { JsonObject } from '../../domain/json.js';
import type { ThreadRef } from '../../domain/session.js';
import type { Clock } from '../../ports/clock.js';
import { ThreadOpened } from './protocol.js';
import type { Rpc } from './rpc.js';

/** The process that owned the thread may be just ending; the real one is gone within a tenth of a second. */
const WRITER_PATIENCE_MS = 3_000;
const WRITER_PERIOD_MS = 250;
/** Codex has no code for it. Text that changes costs the patience, not the fallback. */
const HAS_WRITER = /active writer/i;

/** The thread of a session. */
export interface OpenedThread {
  readonly threadId: string;
  /** False when it is a new one. */
  readonly isResumed: boolean;
}

/** What opening a thread needs. */
export interface ThreadOpening {
  readonly rpc: Rpc;
  readonly clock: Clock;
  /** What holds for the thread, however it comes: directory, policies, configuration. */
  readonly params: JsonObject;
  /** Declared to a new thread; Codex keeps them with the thread. */
  readonly dynamicTools: readonly JsonObject[];
  /** A thread to go on with; an empty id is none. */
  readonly resume: ThreadRef | null;
  /** Told what became of the thread to go on with. */
  readonly onNote: (message: string) => void;
}

/** The process ended over the thread that it was to go on with; it may live with a new one. */
export class DiedResuming extends SymphonyError {}

/**
 * Goes on with a thread where that can be, and opens a new one where it cannot: its record is gone or archived, another
 * process has it, or the server refuses or does not know the method. The task is not lost with the thread, so no such
 * reason fails a session.
 * @throws SymphonyError as Rpc.call does; `DiedResuming` when the process ended instead of resuming
 */
export async function openThread(opening: ThreadOpening): Promise<OpenedThread> {
  const resumed = await resumeThread(opening);
  if (resumed !== null) return { threadId: resumed, isResumed: true };
  const { rpc, params, dynamicTools } = opening;
  const started = await rpc.call('thread/start', { ...params, dynamicTools });
  return { threadId: threadIdIn(started, 'thread/start'), isResumed: false };
}

/** The id of the resumed thread; null when there is none to go on with. */
async function resumeThread(opening: ThreadOpening): Promise<string | null> {
  const { rpc, clock, params, resume, onNote } = opening;
  if (resume === null || resume.threadId === '') return null;
  const { threadId } = resume;
  const giveUpAtMs = clock.nowMs() + WRITER_PATIENCE_MS;
  for (;;) {
    try {
      // Without the turns: the history of a long thread is megabytes, and nobody reads it.
      const resumed = await rpc.call('thread/resume', { ...params, threadId, excludeTurns: true });
      const resumedId = threadIdIn(resumed, 'thread/resume');
      onNote(`goes on with thread ${resumedId}`);
      return resumedId;
    } catch (error) {
      const refusal = refusalOf(error);
      if (!HAS_WRITER.test(refusal) || clock.nowMs() >= giveUpAtMs) {
        onNote(`begins a new thread: ${refusal}`);
        return null;
      }
      await new Promise<void>((resolve) => clock.wakeAt(clock.nowMs() + WRITER_PERIOD_MS, resolve));
    }
  }
}

/** Why a live server did not resume; whatever else happened is thrown on. */
function refusalOf(error: unknown): string {
  if (!(error instanceof SymphonyError)) throw error;
  if (error.code === 'response_error' || error.code === 'response_timeout') return error.message;
  throw new DiedResuming(error.code, error.message, { cause: error });
}

function threadIdIn(result: JsonObject, method: string): string {
  const opened = ThreadOpened.safeParse(result);
  if (opened.success) return opened.data.thread.id;
  throw new SymphonyError('response_error', `${method} was answered without a thread id`);
}
