import { type AdapterParts, bindAdapters, type TrackerListener } from './adapters.js';
import type { Workflow } from './domain/workflow.js';
import type { Bindings } from './engine/binding.js';
import type { Orchestrator } from './engine/orchestrator.js';
import { failureOf } from './engine/perform.js';
import type { ReportProblem } from './ports/tracker.js';

/** What a reload needs of the daemon. */
export interface RebindingParts {
  readonly bindings: Bindings;
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

  constructor(parts: RebindingParts) {
    this.#parts = parts;
  }

  add(workflow: Workflow): void {
    this.#last = this.#last.then(() => this.#rebind(workflow));
  }

  /** Resolves when every version found so far is in force or was refused. */
  settled(): Promise<void> {
    return this.#last;
  }

  /** One whose tracker cannot be made leaves the last good one in force. */
  async #rebind(workflow: Workflow): Promise<void> {
    const { bindings, adapters, listener, orchestrator, isEnding, warnAbout, report } = this.#parts;
    if (isEnding()) return;
    warnAbout(workflow);
    try {
      const next = await bindAdapters(workflow, adapters, report, bindings.current);
      orchestrator().rebind(next);
      listener.follow(next);
    } catch (error) {
      orchestrator().post({ type: 'workflowBroke', failure: failureOf(error) });
    }
  }
}
