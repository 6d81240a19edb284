import type { Snapshot } from '../../domain/snapshot.js';
import type { Mode, Order, Ui } from './ui.js';

/** What the meaning of a key depends on besides what the operator looks at. */
export interface Scene {
  readonly snapshot: Snapshot;
  readonly mode: Mode;
  /** How many lines a page is. */
  readonly page: number;
  /**
   * The place of the issue that stands so many lines below another one in the list, above it with a negative number; left
   * out where there is no list.
   */
  readonly away?: (place: number, lines: number) => number;
  /** How far what is shown can be scrolled, in lines. */
  readonly scrollMax: number;
}

/** What a key leads to: what is looked at now, an order, or a word to the operator why not. */
export interface Step {
  readonly ui: Ui;
  readonly order: Order | null;
  readonly say: string | null;
}

/** A step that only changes what is looked at. */
export function show(ui: Ui): Step {
  return { ui, order: null, say: null };
}

/** A step that gives an order. */
export function order(ui: Ui, given: Order): Step {
  return { ui, order: given, say: null };
}

/** A step that only tells the operator something. */
export function say(ui: Ui, text: string): Step {
  return { ui, order: null, say: text };
}
