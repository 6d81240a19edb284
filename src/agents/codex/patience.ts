import type { JsonObject } from '../../domain/json.js';
import type { CodexSettings } from '../../domain/settings.js';
import type { Clock } from '../../ports/clock.js';
import { OpenItems } from './open-items.js';
import { Silence } from './silence.js';

/** Often enough for every stall timeout that anybody would set, and rare enough for a log. */
const LONGEST_PERIOD_MS = 10_000;

/** What a turn's patience tells. */
export interface PatienceListener {
  /** The agent waits for something and is not to be taken for dead. */
  onWaiting(message: string): void;
  /** It has been waited for long enough. Called at most once. */
  onOut(detail: string): void;
}

/**
 * How long a turn may be quiet: `codex.turn_timeout_ms` while nothing is open, `codex.command_timeout_ms` (0 or less: as
 * long as it takes) while the agent waits for a command or a tool.
 *
 * The orchestrator has a clock of its own for stalls and knows nothing of items; while one excuses the silence it is
 * told so now and then, which it counts as a sign of life.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #commandTimeoutMs: number;
  readonly #periodMs: number;
  readonly #listener: PatienceListener;
  readonly #items = new OpenItems();
  readonly #silence: Silence;
  #cancel: () => void = () => {};

  constructor(clock: Clock, settings: CodexSettings, listener: PatienceListener) {
    const { turnTimeoutMs, commandTimeoutMs } = settings;
    this.#clock = clock;
    this.#commandTimeoutMs = commandTimeoutMs;
    this.#periodMs = periodMs(settings);
    this.#listener = listener;
    this.#silence = new Silence(clock, turnTimeoutMs, () =>
      this.#end(`the agent was silent for ${turnTimeoutMs} ms`),
    );
    this.#arm();
  }

  /** Something arrived, whatever it is. */
  heard(): void {
    this.#silence.heard();
  }

  note(method: string, params: JsonObject): void {
    this.#items.note(method, params, this.#clock.nowMs());
  }

  /** A tool of ours is called. */
  called(callId: string, tool: string): void {
    this.#items.called(callId, tool, this.#clock.nowMs());
  }

  answered(callId: string): void {
    this.#items.answered(callId);
    this.#silence.heard();
  }

  stop(): void {
    this.#cancel();
    this.#silence.stop();
  }

  #arm(): void {
    this.#cancel = this.#clock.wakeAt(this.#clock.nowMs() + this.#periodMs, () => this.#look());
  }

  #look(): void {
    const nowMs = this.#clock.nowMs();
    const limitMs = this.#commandTimeoutMs;
    const overdue = limitMs > 0 ? this.#items.silentFor(limitMs, nowMs) : null;
    if (overdue !== null) {
      this.#end(`codex.command_timeout_ms: nothing was heard for ${span(limitMs)} of ${overdue.what}`);
      return;
    }
    const excuse = this.#items.excuse(nowMs);
    if (excuse !== null) {
      this.#silence.heard();
      this.#listener.onWaiting(`still running (${span(nowMs - excuse.sinceMs)}): ${excuse.what}`);
    }
    this.#arm();
  }

  #end(detail: string): void {
    this.stop();
    this.#listener.onOut(detail);
  }
}

/** A third of the shortest limit that it has to be faster than. */
function periodMs({ stallTimeoutMs, turnTimeoutMs, commandTimeoutMs }: CodexSettings): number {
  const limitsMs = [stallTimeoutMs, turnTimeoutMs, commandTimeoutMs].filter((limitMs) => limitMs > 0);
  return Math.max(1, Math.floor(Math.min(LONGEST_PERIOD_MS, ...limitsMs.map((limitMs) => limitMs / 3))));
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** A time span for people, in its largest whole unit. */
function span(ms: number): string {
  if (ms < 2 * MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`;
  if (ms < 2 * HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  return `${Math.floor(ms / HOUR_MS)} h`;
}
