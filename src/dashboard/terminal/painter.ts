import { errorMessage } from '../../domain/error.js';
import { type Line, lineOf, span } from '../text/line.js';
import { plainLine } from '../text/text.js';
import type { Screen } from './screen.js';
import type { View } from './view.js';

/** Ten frames a second are all an eye needs, whatever the settings ask for. */
const MIN_INTERVAL_MS = 100;

/** What the painter is built from. */
export interface PainterOptions {
  readonly screen: Screen;
  readonly view: View;
  readonly settings: { readonly refreshMs: number; readonly renderIntervalMs: number };
  readonly lines: (columns: number, rows: number) => readonly Line[];
  /** Called before each frame that is due by itself. */
  readonly onTick: () => void;
}

/** Draws when something changed, at most once per interval; the ages change with each tick. */
export class Painter {
  readonly #options: PainterOptions;
  readonly #intervalMs: number;
  /** The lines on the screen, as JSON; none while that is not known. */
  #drawn: readonly string[] = [];
  #drawnAtMs = Number.NEGATIVE_INFINITY;
  #pending: NodeJS.Timeout | null = null;
  #ticks: NodeJS.Timeout | null = null;

  constructor(options: PainterOptions) {
    this.#options = options;
    this.#intervalMs = Math.max(options.settings.renderIntervalMs, MIN_INTERVAL_MS);
  }

  start(): void {
    this.#ticks = setInterval(
      () => {
        this.#options.onTick();
        this.request();
      },
      Math.max(this.#options.settings.refreshMs, MIN_INTERVAL_MS),
    );
    this.#draw();
  }

  stop(): void {
    if (this.#ticks !== null) clearInterval(this.#ticks);
    if (this.#pending !== null) clearTimeout(this.#pending);
    this.#options.view.unmount();
  }

  /** Draws soon, when there is anything to draw by then. */
  request(): void {
    const waitMs = this.#drawnAtMs + this.#intervalMs - performance.now();
    this.#pending ??= setTimeout(() => this.#draw(), Math.max(waitMs, 0));
  }

  /** Draws everything again soon, whatever is on the screen. */
  redraw(): void {
    this.#drawn = [];
    this.request();
  }

  #draw(): void {
    this.#pending = null;
    const { screen, view } = this.#options;
    // A terminal that is behind gets the then latest frame with a later tick, instead of a queue of old ones.
    if (screen.isBehind || !screen.isOpen) return;
    const lines = this.#lines();
    const drawn = lines.map((line) => JSON.stringify(line));
    const before = this.#drawn;
    const places = [...lines.keys()].filter((place) => drawn[place] !== before[place]);
    if (places.length === 0 && drawn.length === before.length) return;
    this.#drawn = drawn;
    this.#drawnAtMs = performance.now();
    screen.expect(places, lines.length);
    view.draw(places.map((place) => lines[place] ?? []));
  }

  #lines(): readonly Line[] {
    const { screen, lines } = this.#options;
    try {
      return lines(screen.columns, screen.rows);
    } catch (error) {
      // Showing is never needed for correctness: a fault here must not reach the daemon.
      const text = `SYMPHONY cannot be shown: ${plainLine(errorMessage(error))}`;
      return [lineOf(screen.columns, span('╭─ ', 'dim'), span(text, 'bad'))];
    }
  }
}
