import type { CodexSettings } from '../../domain/settings.js';

const COMMAND_OUTPUT = 'item/commandExecution/outputDelta';

/**
 * Notifications that tell nobody anything new, some of them large or by the thousand; the server is asked to leave them
 * out. What a command prints comes whole when it has ended, and while it runs it is an open item, silent or not.
 */
const UNWANTED = [
  'item/fileChange/outputDelta',
  'item/fileChange/patchUpdated',
  'item/reasoning/summaryPartAdded',
  'turn/diff/updated',
  'command/exec/outputDelta',
  'process/outputDelta',
  'rawResponse/completed',
  'rawResponseItem/completed',
  'fuzzyFileSearch/sessionUpdated',
  'thread/realtime/item/transcript/delta',
  'thread/realtime/transcript/delta',
  'thread/realtime/outputAudio/delta',
];

/**
 * Pieces of what the model writes, which come by the thousand. They are wanted, as they are all that is heard of a long
 * answer and its silence is a stall; but only that they came, so they are not even parsed.
 */
const SIGNS_OF_LIFE = [
  'item/agentMessage/delta',
  'item/plan/delta',
  'item/reasoning/textDelta',
  'item/reasoning/summaryTextDelta',
];

/** The names for `optOutNotificationMethods`. With a limit for silent commands it must be heard whether one is silent. */
export function unwantedNotifications({ commandTimeoutMs }: CodexSettings): readonly string[] {
  return commandTimeoutMs > 0 ? UNWANTED : [...UNWANTED, COMMAND_OUTPUT];
}

/** Notifications of which only the name is read; what an older server sends in spite of us is among them. */
export function nameOnlyNotifications({ commandTimeoutMs }: CodexSettings): ReadonlySet<string> {
  const signs = [...SIGNS_OF_LIFE, ...UNWANTED];
  return new Set(commandTimeoutMs > 0 ? signs : [...signs, COMMAND_OUTPUT]);
}

const DELTAS: ReadonlySet<string> = new Set([...SIGNS_OF_LIFE, ...UNWANTED, COMMAND_OUTPUT]);

/** Whether a notification only brings a piece of something that comes whole as well. */
export function isDelta(method: string): boolean {
  return DELTAS.has(method);
}

const TOLD_EVERY_MS = 1_000;

/** Lets of the deltas of a session one a second through, which is all that anybody sees of them. */
export class DeltaPace {
  #toldAtMs: number | null = null;

  /** Whether this notification is one of too many. */
  skips(method: string, nowMs: number): boolean {
    if (!isDelta(method)) return false;
    if (this.#toldAtMs !== null && nowMs - this.#toldAtMs < TOLD_EVERY_MS) return true;
    this.#toldAtMs = nowMs;
    return false;
  }
}
