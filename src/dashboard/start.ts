import { createRequire } from 'node:module';
import { errorMessage } from '../domain/error.js';
import type { SnapshotSource } from '../domain/snapshot.js';
import { frame } from './frame.js';
import type { Links } from './header.js';
import { type Line, lineOf, span } from './line.js';
import { Screen, type Terminal } from './screen.js';
import { plainLine } from './text.js';
import type { View } from './view.js';

/** Ten frames a second are all an eye needs, whatever the settings ask for. */
const MIN_INTERVAL_MS = 100;

/** What the dashboard is built from. */
export interface DashboardOptions {
  readonly source: SnapshotSource;
  /** A terminal; without one the dashboard is not to be started. */
  readonly stdout: Terminal;
  readonly settings: { readonly refreshMs: number; readonly renderIntervalMs: number };
  readonly links: Links;
  /** Wall milliseconds. */
  readonly now: () => number;
}

/** A running dashboard. */
export interface Dashboard {
  /** Ends drawing and gives the terminal back. */
  stop(): Promise<void>;
}

/**
 * Shows snapshots on a terminal until stopped. It reads no keys and takes no signals: ctrl-c stays the CLI's.
 *
 * Ink takes some 300 ms to load, so it is loaded here and not with the daemon; the promise resolves with the first frame.
 */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  loadReactForProduction();
  const { createView } = await import('./view.js');
  const screen = new Screen(options.stdout);
  screen.open();
  const painter = new Painter(options, screen, createView(screen));
  painter.start();
  return {
    stop: async () => {
      painter.stop();
      await screen.close();
    },
  };
}

/** Draws when something changed, at most once per interval; the ages change with each tick. */
class Painter {
  readonly #options: DashboardOptions;
  readonly #screen: Screen;
  readonly #view: View;
  readonly #intervalMs: number;
  #drawn = '';
  #drawnAtMs = Number.NEGATIVE_INFINITY;
  #pending: NodeJS.Timeout | null = null;
  #ticks: NodeJS.Timeout | null = null;
  #unsubscribe: () => void = () => {};

  constructor(options: DashboardOptions, screen: Screen, view: View) {
    this.#options = options;
    this.#screen = screen;
    this.#view = view;
    this.#intervalMs = Math.max(options.settings.renderIntervalMs, MIN_INTERVAL_MS);
  }

  start(): void {
    this.#unsubscribe = this.#options.source.subscribe(() => this.#request());
    this.#options.stdout.on('resize', this.#redraw);
    // After ctrl-z and fg the shell's lines are on the screen.
    process.on('SIGCONT', this.#redraw);
    this.#ticks = setInterval(
      () => this.#request(),
      Math.max(this.#options.settings.refreshMs, MIN_INTERVAL_MS),
    );
    this.#draw();
  }

  stop(): void {
    this.#unsubscribe();
    this.#options.stdout.off('resize', this.#redraw);
    process.off('SIGCONT', this.#redraw);
    if (this.#ticks !== null) clearInterval(this.#ticks);
    if (this.#pending !== null) clearTimeout(this.#pending);
    this.#view.unmount();
  }

  #request(): void {
    const waitMs = this.#drawnAtMs + this.#intervalMs - performance.now();
    this.#pending ??= setTimeout(() => this.#draw(), Math.max(waitMs, 0));
  }

  readonly #redraw = (): void => {
    this.#drawn = '';
    this.#request();
  };

  #draw(): void {
    this.#pending = null;
    // A terminal that is behind gets the then latest frame with a later tick, instead of a queue of old ones.
    if (this.#screen.isBehind) return;
    const lines = this.#lines();
    const drawn = JSON.stringify(lines);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#drawnAtMs = performance.now();
    this.#view.draw(lines);
  }

  #lines(): readonly Line[] {
    const { source, links, now } = this.#options;
    // The last column stays free: erasing the rest of a full line would take its last character.
    const columns = this.#screen.columns - 1;
    try {
      const snapshot = source.current();
      const nowMs = now();
      const { tokensPerSecond } = snapshot.throughput;
      return frame({ snapshot, nowMs, columns, rows: this.#screen.rows, tokensPerSecond, links });
    } catch (error) {
      // Showing is never needed for correctness: a fault here must not reach the daemon.
      return [lineOf(columns, span(`╭─ SYMPHONY cannot be shown: ${plainLine(errorMessage(error))}`, 'bad'))];
    }
  }
}

/**
 * Loads React's production build. Its development build, the default, keeps a performance entry of every render for
 * ever (react-reconciler 0.33: 84 per frame, a leak in a daemon) and takes twice the time. React chooses while it is
 * loaded, by NODE_ENV; the variable is set for these synchronous lines only, so that no agent ever inherits it.
 */
function loadReactForProduction(): void {
  // biome-ignore lint/style/noProcessEnv: React reads nothing else.
  const environment = process.env;
  const before = environment['NODE_ENV'];
  environment['NODE_ENV'] = 'production';
  try {
    const require = createRequire(import.meta.url);
    const requireOfInk = createRequire(require.resolve('ink'));
    for (const name of ['react', 'react/jsx-runtime', 'react-reconciler']) requireOfInk(name);
  } finally {
    if (before === undefined) delete environment['NODE_ENV'];
    else environment['NODE_ENV'] = before;
  }
}
