import { StateWatch } from '../../client/state-watch.js';
import { daemonOf, type Target } from './connection.js';
import { interruption } from './interruption.js';
import { type Output, print, printJson, widthOf } from './output.js';
import { statusLines } from './status-text.js';

const CLEAR = '\u001b[2J';
const TOP_LEFT = '\u001b[H';
const ERASE_LINE_END = '\u001b[K';
const ERASE_BELOW = '\u001b[J';
const DEFAULT_ROWS = 24;

/** What `symphony status` was asked. */
export interface StatusOptions extends Target, Output {
  readonly json: boolean;
  readonly watch: boolean;
}

/**
 * Prints how the daemon is doing, once or with every change, and returns the exit code.
 * @throws SymphonyError `daemon_unreachable`
 */
export async function status(options: StatusOptions): Promise<number> {
  const client = daemonOf(options);
  if (options.watch) {
    await watchStatus(await StateWatch.open(client), options);
    return 0;
  }
  const state = await client.state();
  if (options.json) printJson(options, state);
  else print(options, statusLines(state, null, widthOf(options)));
  return 0;
}

/** Until it is interrupted. A daemon that goes away is waited for, with its last state shown as such. */
async function watchStatus(watch: StateWatch, options: StatusOptions): Promise<void> {
  const { stdout } = options;
  const isScreen = stdout.isTTY === true && !options.json;
  if (isScreen) stdout.write(CLEAR);
  let shown = '';
  const show = (): void => {
    const { state, trouble } = watch;
    const lines = options.json
      ? [JSON.stringify(trouble === null ? state : { ...state, stale: trouble.error.message })]
      : statusLines(state, trouble, widthOf(options));
    const text = lines.join('\n');
    if (text === shown) return;
    shown = text;
    if (isScreen) stdout.write(frame(lines, stdout.rows ?? DEFAULT_ROWS));
    else print(options, options.json ? lines : [...lines, '']);
  };
  const redraw = (): void => {
    shown = '';
    show();
  };
  const signal = interruption(options);
  const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  stdout.on('resize', redraw);
  const unsubscribe = watch.subscribe(show);
  show();
  await ended;
  unsubscribe();
  stdout.off('resize', redraw);
  watch.close();
  if (isScreen) stdout.write('\n');
}

/** Drawn over what was there, so that nothing flickers; what does not fit is left out. */
function frame(lines: readonly string[], rows: number): string {
  // The last row stays free for the prompt that follows.
  const room = rows - 1;
  const shown =
    lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines`];
  return `${TOP_LEFT}${shown.map((line) => `${line}${ERASE_LINE_END}\r\n`).join('')}${ERASE_BELOW}`;
}
