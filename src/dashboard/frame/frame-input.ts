import type { Explanation } from '../../domain/explanation.js';
import type { HistoryEvent } from '../../domain/history.js';
import type { Snapshot } from '../../domain/snapshot.js';
import type { Mode, Ui } from '../keys/ui.js';
import type { Line } from '../text/line.js';

/** Addresses an operator may want to open. */
export interface Links {
  readonly dashboardUrl: string | null;
  readonly project: string | null;
}

/** All a frame depends on. The same input is the same frame. */
export interface FrameInput {
  readonly snapshot: Snapshot;
  readonly ui: Ui;
  /** What is known of the issue that is open; null while none is. */
  readonly watched: Watched | null;
  readonly notice: Notice | null;
  /** Why the snapshot is no longer kept up to date, null while it is. */
  readonly fault: string | null;
  /** Wall milliseconds. */
  readonly nowMs: number;
  readonly columns: number;
  /** Height of the screen in lines. */
  readonly rows: number;
  readonly links: Links;
  readonly mode: Mode;
  /** Whether there is a keyboard: without one there is nothing to say about keys. */
  readonly hasKeys: boolean;
}

/** What ages and remaining times are told for: now, or when the snapshot was made once nothing newer comes. */
export function toldForMs({
  snapshot,
  fault,
  nowMs,
}: Pick<FrameInput, 'snapshot' | 'fault' | 'nowMs'>): number {
  return fault === null ? nowMs : snapshot.generatedAtMs;
}

/** A screen, and what keys have to know of it. */
export interface Frame {
  /** At most as many as the screen has, none wider than it. */
  readonly lines: readonly Line[];
  /** How many lines a page is. */
  readonly page: number;
  /** As for keys: the place of the issue so many lines away in the list; left out where there is no list. */
  readonly away?: (place: number, lines: number) => number;
  /** How far what is shown can be scrolled, in lines. */
  readonly scrollMax: number;
  /** Not on a screen too small to show what a key would be about. */
  readonly takesKeys: boolean;
}

/** What is shown for some seconds of an order. */
export interface Notice {
  readonly kind: 'done' | 'failed' | 'note';
  readonly text: string;
}

/** An open issue, as it is kept up to date. */
export interface Watched {
  readonly identifier: string;
  readonly explained:
    | { readonly kind: 'asking' }
    | { readonly kind: 'known'; readonly explanation: Explanation }
    /** Neither the daemon nor the tracker knows an issue of that name. */
    | { readonly kind: 'unknown' }
    /** The tracker is to be left alone for a while. */
    | { readonly kind: 'postponed'; readonly message: string }
    | { readonly kind: 'failed'; readonly message: string };
  /** The oldest first. */
  readonly events: readonly HistoryEvent[];
}
