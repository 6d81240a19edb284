import type { Workflow } from '../domain/workflow.js';
import type { Bindings } from '../engine/binding.js';
import type { Orchestrator } from '../engine/orchestrator.js';
import { failureOf } from '../engine/perform.js';
import type { Clock } from '../ports/clock.js';
import type { ReportProblem } from '../ports/tracker.js';
import { type AdapterParts, bindAdapters, type TrackerListener } from './adapters.js';

/** What a version was refused for may be mended outside of the file; so often is looked whether it was. */
const TRY_AGAIN_MS = 2_000;

/** What a reload needs of the daemon. */
export interface RebindingParts {
  readonly bindings: Bindings;
  readonly clock: Clock;
  readonly adapters: AdapterParts;
  readonly listener: TrackerListener;
  readonly orchestrator: () => Orchestrator;
  readonly isEnding: () => boolean;
  readonly warnAbout: (workflow: Workflow) => void;
  readonly report: ReportProblem;
}

/** Puts versions of the workflow in force, one after the other, in the order in which they were found. */
export class Rebinding {
  readonly #parts: RebindingParts;
  #last: Promise<void> = Promise.resolve();
  /** The newest version, where it is valid and could not be put in force. */
  #refused: Refusal | null = null;

  constructor(parts: RebindingParts) {
    this.#parts = parts;
  }

  add(workflow: Workflow): void {
    this.#last = this.#last.then(() => this.#rebind(workflow, null));
  }

  /** The file is invalid now, so the version before it is nobody's wish any more. */
  forget(): void {
    this.#last = this.#last.then(() => {
      this.#refused = null;
    });
  }

  /** Resolves when every version found so far is in force or was refused; one that was refused is tried again. */
  settled(): Promise<void> {
    this.#last = this.#last.then(() => this.#tryAgain());
    return this.#last;
  }

  async #tryAgain(): Promise<void> {
    const refused = this.#refused;
    if (refused === null || this.#parts.clock.nowMs() - refused.atMs < TRY_AGAIN_MS) return;
    await this.#rebind(refused.workflow, refused.message);
  }

  /** One whose tracker or hosts cannot be made leaves the last good one in force. `told`: why it was refused before. */
  async #rebind(workflow: Workflow, told: string | null): Promise<void> {
    const { bindings, adapters, clock, listener, orchestrator, isEnding, warnAbout, report } = this.#parts;
    if (isEnding()) return;
    if (told === null) warnAbout(workflow);
    try {
      const next = await bindAdapters(workflow, adapters, report, bindings.current);
      this.#refused = null;
      orchestrator().rebind(next);
      listener.follow(next);
    } catch (error) {
      const failure = failureOf(error);
      this.#refused = { workflow, message: failure.message, atMs: clock.nowMs() };
      if (failure.message !== told) orchestrator().post({ type: 'workflowBroke', failure });
    }
  }
}

interface Refusal {
  readonly workflow: Workflow;
  readonly message: string;
  readonly atMs: number;
}
