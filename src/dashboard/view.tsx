import { render } from 'ink';
import { App } from './App.js';
import type { Line } from './line.js';
import type { Screen } from './screen.js';

/** A mounted view. */
export interface View {
  draw(lines: readonly Line[]): void;
  unmount(): void;
}

/** Mounts the view on a screen. Ink only lays out and colours: each drawing is one write of a whole frame. */
export function mountView(screen: Screen): View {
  const instance = render(<App lines={[]} />, {
    // Ink asks for a whole stream but uses what a screen has: columns, write and the resize event.
    stdout: screen as unknown as NodeJS.WriteStream,
    // Every render is one plain write, at once, without cursor movements and throttling of its own.
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  return {
    draw: (lines) => instance.rerender(<App lines={lines} />),
    unmount: () => {
      instance.unmount();
      // Otherwise Ink keeps the instance for the next one on the same stream.
      instance.cleanup();
    },
  };
}
