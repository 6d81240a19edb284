import type { Workflow } from '../domain/workflow.js';
import type { Agent } from '../ports/agent.js';
import type { Hosts } from '../ports/host.js';
import type { Tracker } from '../ports/tracker.js';

/** One workflow version with the adapters it selected. A run is bound to one for its sessions' whole life (SPEC 10.5). */
export interface Binding {
  readonly workflow: Workflow;
  readonly tracker: Tracker;
  readonly agent: Agent;
  readonly hosts: Hosts;
}

/**
 * The binding in force, and older ones for as long as a run still uses them: a tracker that a reload replaced is
 * closed when its last session has ended.
 */
export class Bindings {
  #current: Binding;
  readonly #holds = new Map<Tracker, number>();
  readonly #onCloseFailed: (error: unknown) => void;

  constructor(first: Binding, onCloseFailed: (error: unknown) => void) {
    this.#current = first;
    this.#onCloseFailed = onCloseFailed;
  }

  get current(): Binding {
    return this.#current;
  }

  /** Puts a new binding in force; the tracker of the old one is closed once nothing holds it. */
  replace(next: Binding): void {
    const { tracker } = this.#current;
    this.#current = next;
    if (tracker !== next.tracker && !this.#holds.has(tracker)) this.#close(tracker);
  }

  /** Keeps the current binding's tracker open until the returned release. */
  hold(): { readonly binding: Binding; release(): void } {
    const binding = this.#current;
    const { tracker } = binding;
    this.#holds.set(tracker, (this.#holds.get(tracker) ?? 0) + 1);
    let held = true;
    return {
      binding,
      release: () => {
        if (!held) return;
        held = false;
        const left = (this.#holds.get(tracker) ?? 1) - 1;
        if (left > 0) this.#holds.set(tracker, left);
        else this.#holds.delete(tracker);
        if (left === 0 && tracker !== this.#current.tracker) this.#close(tracker);
      },
    };
  }

  /** Closes every tracker that is still open. */
  async close(): Promise<void> {
    const open = new Set([this.#current.tracker, ...this.#holds.keys()]);
    await Promise.all([...open].map((tracker) => tracker.close()));
  }

  #close(tracker: Tracker): void {
    tracker.close().catch(this.#onCloseFailed);
  }
}
