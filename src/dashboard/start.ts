import { createRequire } from 'node:module';
import { WriteStream } from 'node:tty';
import type { Station } from '../domain/station.js';
import { Control } from './control.js';
import type { Links } from './frame/frame-input.js';
import type { Key } from './keys/key.js';
import type { Mode, QuitKind } from './keys/ui.js';
import { TerminalGuard } from './terminal/guard.js';
import { JobControl } from './terminal/job-control.js';
import { Keyboard, type KeyInput } from './terminal/keyboard.js';
import { Painter } from './terminal/painter.js';
import { Screen, type Terminal } from './terminal/screen.js';
import { TtyOutput } from './terminal/tty-output.js';

/** What the dashboard is built from. */
export interface DashboardOptions {
  readonly station: Station;
  /** The keyboard, when it is a terminal; without one the dashboard only shows. */
  readonly stdin: KeyInput;
  /** A terminal; without one the dashboard is not to be started. */
  readonly stdout: Terminal;
  readonly settings: { readonly refreshMs: number; readonly renderIntervalMs: number };
  readonly links: Links;
  readonly mode: Mode;
  /** Wall milliseconds. */
  readonly now: () => number;
  /** The operator wants to leave; the dashboard goes on until it is stopped. */
  readonly onQuit: (kind: QuitKind) => void;
}

/** A running dashboard. */
export interface Dashboard {
  /** Ends drawing and gives the terminal back. */
  stop(): Promise<void>;
}

/**
 * Shows a station on a terminal and takes its keys until stopped. ctrl-c stays what it is, a SIGINT to this process.
 *
 * Ink takes some 300 ms to load, so it is loaded here and not with the daemon; the promise resolves with the first frame.
 */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { stdin, stdout } = options;
  // It notes the settings of the terminal while Ink is loaded, and nobody waits for it.
  const guard = stdout instanceof WriteStream ? TerminalGuard.start(stdin, stdout) : null;
  loadReactForProduction();
  const { createView } = await import('./terminal/view.js');
  const terminal = stdout instanceof WriteStream ? TtyOutput.of(stdout) : stdout;
  const screen = new Screen(terminal);
  const control = new Control({ ...options, changed: () => painter.request() });
  const painter = new Painter({
    screen,
    view: createView(screen, { hasColors: wantsColors() }),
    settings: options.settings,
    lines: (columns, rows) => control.frame(columns, rows).lines,
    onTick: () => control.refresh(),
  });
  const unsubscribe = options.station.source.subscribe(() => {
    control.refresh();
    painter.request();
  });
  let keyboard: Keyboard | null = null;
  const giveBack = (): void => {
    screen.leave();
    keyboard?.release();
    // What the terminal has not taken yet is the guard's to say, if this process does not live to say it.
    if (!screen.isBehind) guard?.tell('givenBack');
  };
  const jobs = new JobControl({
    leave: giveBack,
    enter: () => {
      // The keyboard first, as below.
      keyboard?.retake();
      guard?.tell('taken');
      screen.enter();
      painter.redraw();
    },
  });
  const onKeys = (keys: readonly Key[]): void => {
    const rest = keys.filter((key) => !controls(key, jobs, painter));
    if (rest.length > 0) control.press(rest);
  };
  const onLost = (): void => {
    control.hasKeys = false;
    // Whoever has the terminal now must not see it taken again.
    jobs.close();
    screen.leave();
    guard?.tell('givenBack');
    if (options.mode === 'attached') options.onQuit('detach');
  };
  const redraw = (): void => painter.redraw();
  const stop = async (): Promise<void> => {
    unsubscribe();
    control.stop();
    painter.stop();
    terminal.off('resize', redraw);
    jobs.close();
    await screen.close();
    keyboard?.close();
    giveBack();
    process.off('exit', giveBack);
    guard?.close();
    if (terminal instanceof TtyOutput) terminal.close();
  };
  terminal.on('resize', redraw);
  process.on('exit', giveBack);
  // In the background this stops the process before it has touched the screen; and the guard notes what it set.
  keyboard = Keyboard.take(stdin, { onKeys, onLost });
  guard?.tell('taken');
  screen.open();
  control.hasKeys = keyboard !== null;
  try {
    painter.start();
  } catch (error) {
    // Otherwise the reason would be told on the other screen, and go with it.
    await stop();
    throw error;
  }
  return { stop };
}

/** Unless `NO_COLOR` is set to anything (no-color.org), which Ink does not heed. */
function wantsColors(): boolean {
  // biome-ignore lint/style/noProcessEnv: whose terminal it is says so in the environment, as TERM
  return (process.env['NO_COLOR'] ?? '') === '';
}

/** Whether a key was one of those that a terminal itself acts on when it is not in raw mode. */
function controls(key: Key, jobs: JobControl, painter: Painter): boolean {
  if (key.kind !== 'control') return false;
  switch (key.letter) {
    case 'c':
      jobs.raise('SIGINT');
      return true;
    case '\\':
      jobs.raise('SIGQUIT');
      return true;
    case 'z':
      jobs.suspend();
      return true;
    case 'l':
      painter.redraw();
      return true;
    default:
      return false;
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
