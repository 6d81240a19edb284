import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { ReadStream } from 'node:tty';
import { LEAVE } from './screen.js';

/**
 * A small POSIX shell script that sits beside a terminal, in a session of its own, until its program is gone.
 *
 *   sh -c GUARD     with 0 = the keyboard, 1 = the screen, 3 = words in; $LEAVE gives a screen back
 *
 * Each line on 3 says whose the terminal is from now on: `taken`, once the keyboard is in raw mode, or `givenBack`. When 3
 * ends, so has the program. If it gave its terminal back before, the guard ends too; otherwise it was killed, and the guard
 * gives back what it held. It is the first to hear of that: the system closes what a process had open before it tells its
 * parent.
 *
 * The settings of the keyboard are those before the program set any; when the guard came too late to see them, what Node
 * switched off is switched on. Who sets them depends on who goes on at this terminal:
 *   - the rest of the program's process group, as with `npm start` or a script: the guard, at once, since that takes what
 *     it finds for the settings of this terminal, and so does the shell after it;
 *   - zsh: likewise, for it keeps what a command left;
 *   - another shell, most of which set them right themselves and then their own, to edit a line: the guard waits a moment,
 *     and does it only where nobody else has.
 */
const GUARD = `
trap '' HUP INT QUIT TERM TSTP TTIN TTOU

before=$(stty -g)
if read -r line <"/proc/$PPID/stat"; then
  set -- \${line##*") "}
  leader=$3
  read -r parent <"/proc/$2/comm"
else
  set -- $(ps -o ppid= -o pgid= -p "$PPID")
  leader=$2
  parent=$(ps -o comm= -p "$1")
fi

while read -r word <&3; do
  is=$word
  [ "$is" != taken ] || during=$(stty -g)
done
[ "$is" = taken ] || exit 0
[ "$before" != "$during" ] || before='isig icanon iexten echo icrnl ixon'

printf %s "$LEAVE"
[ -n "$during" ] || exit 0
case $parent in *zsh) exec stty $before ;; esac
[ "$leader" = "$PPID" ] || ! kill -0 "$leader" || exec stty $before
sleep 0.3 || sleep 1
[ "$(stty -g)" != "$during" ] || exec stty $before
`;

/** So that `ps` shows what it is and no script, and no name by which someone ends the daemon's processes. */
const RUN_GUARD = 'eval "$TERMINAL_GUARD"';

/** Whose the terminal is. */
export type Holding = 'taken' | 'givenBack';

/**
 * Watches over a terminal so that it is given back also when this process is killed and can do nothing itself (`kill -9`,
 * no memory left). Where no process can be started there is none, and nothing else changes.
 */
export class TerminalGuard {
  readonly #words: Socket | null;

  private constructor(child: ChildProcess) {
    // One that could not be started, or was killed, is no loss: without it all but a violent death goes as it does.
    child.on('error', () => {});
    child.unref();
    const words = child.stdio?.[3];
    this.#words = words instanceof Socket ? words : null;
    this.#words?.on('error', () => {}).unref();
  }

  /** Starts one for a screen, and for the keyboard where that is a terminal. To be called before either is taken. */
  static start(stdin: object, stdout: object): TerminalGuard | null {
    const screen = fileOf(stdout);
    const child =
      screen === null ? null : started(stdin instanceof ReadStream ? fileOf(stdin) : null, screen);
    return child === null ? null : new TerminalGuard(child);
  }

  /** Says whose the terminal is from now on; the guard knows it even if this process dies in the next moment. */
  tell(holding: Holding): void {
    if (this.#words?.writable) this.#words.write(`${holding}\n`);
  }

  /** Lets it go; it does what it would do if this process ended now. */
  close(): void {
    this.#words?.end();
  }
}

function started(keyboard: number | null, screen: number): ChildProcess | null {
  // biome-ignore lint/style/noProcessEnv: the guard needs the programs of its system, and gets nothing else of this
  const { PATH } = process.env;
  try {
    return spawn('/bin/sh', ['-c', RUN_GUARD], {
      cwd: '/',
      env: { PATH, LC_ALL: 'C', TERMINAL_GUARD: GUARD, LEAVE },
      // A session of its own, out of the way of what ends or stops this process's group.
      detached: true,
      stdio: [keyboard ?? 'ignore', screen, 'ignore', 'pipe'],
    });
  } catch {
    // As one that fails a moment later: no memory is left, or no processes, and a dashboard is of use then too.
    return null;
  }
}

function fileOf(stream: object): number | null {
  return 'fd' in stream && typeof stream.fd === 'number' ? stream.fd : null;
}
