/** What a person does who no longer wants to be taken anywhere. */
const OWN_MOVES = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;

/**
 * Takes people who go back to where they were on the page. The browser would do that at once, but then there is nothing
 * yet to scroll: what the page shows comes from the daemon a moment later.
 */
export class ScrollPlace {
  #wantedY: number | null = null;

  constructor() {
    history.scrollRestoration = 'manual';
    const giveUp = (): void => {
      this.#wantedY = null;
    };
    for (const move of OWN_MOVES) addEventListener(move, giveUp, { passive: true });
  }

  /** Before another address takes the place of this one. */
  remember(): void {
    history.replaceState({ scrollY }, '');
  }

  /** Begins at the top, and goes on to where this entry of the history was left. */
  begin(): void {
    const state: unknown = history.state;
    const left = typeof state === 'object' && state !== null && 'scrollY' in state ? state.scrollY : 0;
    scrollTo(0, 0);
    this.#wantedY = typeof left === 'number' && left > 0 ? left : null;
  }

  /** The page has grown or changed. */
  settle(): void {
    const wantedY = this.#wantedY;
    if (wantedY === null || document.documentElement.scrollHeight < wantedY + innerHeight) return;
    this.#wantedY = null;
    scrollTo(0, wantedY);
  }
}
