import { type Instance, render } from 'ink';
import { createElement } from 'react';
import type { Line } from '../text/line.js';
import { App } from './app.js';
import type { Screen } from './screen.js';

/** Draws lines on a screen. */
export interface View {
  draw(lines: readonly Line[]): void;
  unmount(): void;
}

/** The view on a screen, mounted with its first drawing. Ink only lays out and colours: a drawing is one write. */
export function createView(screen: Screen, { hasColors }: { readonly hasColors: boolean }): View {
  let instance: Instance | null = null;
  let drawings = 0;
  return {
    draw: (lines) => {
      drawings += 1;
      // Mounted anew each time: React would not draw the same lines twice, which may have to stand in another place.
      const app = createElement(App, { lines, hasColors, key: drawings });
      if (instance === null) instance = render(app, inkOptions(screen));
      else instance.rerender(app);
    },
    unmount: () => {
      instance?.unmount();
      // Otherwise Ink keeps the instance for the next one on the same stream.
      instance?.cleanup();
      instance = null;
    },
  };
}

function inkOptions(screen: Screen) {
  return {
    // Ink asks for a whole stream but uses what a screen has: columns, write and the resize event.
    stdout: screen as unknown as NodeJS.WriteStream,
    // Every render is one plain write, at once, without cursor movements and throttling of its own.
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  };
}
