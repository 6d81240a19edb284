/** A browser opens six connections to an address for all its windows together; what asks and orders needs some of them. */
const PLACES = ['symphony stream 1', 'symphony stream 2', 'symphony stream 3'];
/** How long a window keeps a place that another one waits for. */
const TURN_MS = 2_000;

/** What is done with a place. */
interface Turn {
  /** There is a place now. */
  readonly begin: () => void;
  /** Another window wants it; a place will be given again. */
  readonly end: () => void;
}

/**
 * Waits for one of the few places for streams that the windows of a browser share, and takes turns when they are more.
 * Answers with what gives the place back for good. A page that came by plain HTTP from another machine is not told of
 * other windows; there each takes what it wants.
 */
export function takeTurns(turn: Turn): () => void {
  const leaving = new AbortController();
  if ('locks' in navigator) void turns(turn, leaving.signal);
  else turn.begin();
  return () => leaving.abort();
}

async function turns({ begin, end }: Turn, signal: AbortSignal): Promise<void> {
  const hold = async (name: string): Promise<void> => {
    if (signal.aborted) return;
    begin();
    await untilWanted(name, signal);
    if (!signal.aborted) end();
  };
  while (!signal.aborted) if (!(await inFreePlace(hold, signal))) await inLine(hold, signal);
}

/** False when there is none. */
async function inFreePlace(hold: (name: string) => Promise<void>, signal: AbortSignal): Promise<boolean> {
  for (const name of PLACES) {
    if (signal.aborted) return true;
    const isFree = await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock !== null) await hold(name);
      return lock !== null;
    });
    if (isFree) return true;
  }
  return false;
}

async function inLine(hold: (name: string) => Promise<void>, signal: AbortSignal): Promise<void> {
  const name = PLACES[Math.floor(Math.random() * PLACES.length)] ?? '';
  try {
    await navigator.locks.request(name, { signal }, () => hold(name));
  } catch (error) {
    // The window does not want it any more.
    if (!signal.aborted) throw error;
  }
}

async function untilWanted(name: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(TURN_MS, signal);
    const { pending = [] } = await navigator.locks.query();
    if (pending.some((wish) => wish.name === name)) return;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((wake) => {
    const end = (): void => {
      window.clearTimeout(timer);
      // The signal lives as long as the page may stay open.
      signal.removeEventListener('abort', end);
      wake();
    };
    const timer = window.setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
