import { EventEmitter, once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';

/** A terminal that keeps what was written to it. */
export class TestTerminal extends EventEmitter {
  columns = 100;
  rows = 30;
  writableNeedDrain = false;
  written = '';
  /** The frames as a person sees them, without escape sequences. */
  readonly frames: string[] = [];

  write(text: string, done?: () => void): boolean {
    this.written += text;
    if (text.includes('\u001b[J')) {
      this.frames.push(stripVTControlCharacters(text).replaceAll('\r\n', '\n'));
      this.emit('frame');
    }
    done?.();
    return true;
  }

  /** Waits until a frame shows a text; looks at the latest one first. */
  async showing(text: string): Promise<string> {
    for (;;) {
      const frame = this.frames.at(-1);
      if (frame?.includes(text)) return frame;
      await once(this, 'frame');
    }
  }
}
