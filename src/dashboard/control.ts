import { errorMessage } from '../domain/error.js';
import type { Explanation } from '../domain/explanation.js';
import type { Snapshot } from '../domain/snapshot.js';
import type { Station } from '../domain/station.js';
import { carryOut } from './carry-out.js';
import { frame } from './frame/frame.js';
import type { Frame, FrameInput, Links, Notice } from './frame/frame-input.js';
import { IssueWatch } from './issue-watch.js';
import type { Key } from './keys/key.js';
import { type ListRow, listRows, selectedRow } from './keys/list-rows.js';
import { reduce } from './keys/reduce.js';
import { respelled } from './keys/reduce-go-to.js';
import { type DetailUi, type Mode, type Order, type QuitKind, START, type Ui } from './keys/ui.js';

const NOTICE_MS = 6_000;
/** Why something was refused takes longer to read. */
const FAILURE_MS = 12_000;

/** What the control is built from. */
export interface ControlOptions {
  readonly station: Station;
  readonly links: Links;
  readonly mode: Mode;
  /** Wall milliseconds. */
  readonly now: () => number;
  readonly onQuit: (kind: QuitKind) => void;
  /** Called when a frame would show something else now. */
  readonly changed: () => void;
}

/** Takes keys, gives orders, and knows what the operator looks at. */
export class Control {
  readonly #options: ControlOptions;
  #ui: Ui = START;
  #notice: Notice | null = null;
  #noticeTimer: NodeJS.Timeout | null = null;
  #watch: IssueWatch | null = null;
  #latest: Snapshot | null = null;
  #frame: Omit<Frame, 'lines'> = { page: 1, scrollMax: 0, takesKeys: false };
  #isStopped = false;
  /** Whether there is a keyboard. */
  hasKeys = false;

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  /**
   * What to show on a screen of this size now.
   * @throws whatever keeps the first snapshot from being read; later the last one is shown, with that fault
   */
  frame(columns: number, rows: number): Frame {
    const { links, mode, now } = this.#options;
    const { snapshot, fault } = this.#read();
    const watched = this.#watch?.watched ?? null;
    const input: FrameInput = {
      ...{ snapshot, fault, watched, columns, rows, links, mode },
      ui: this.#ui,
      notice: this.#notice,
      nowMs: now(),
      hasKeys: this.hasKeys,
    };
    const made = frame(input);
    this.#frame = made;
    return made;
  }

  /** Takes the keys of one read, in order. */
  press(keys: readonly Key[]): void {
    for (const key of keys) {
      if (!this.#frame.takesKeys || this.#latest === null || this.#isStopped) return;
      const before = this.#ui.kind;
      const scene = { snapshot: this.#latest, mode: this.#options.mode, ...this.#frame };
      const { ui, order, say } = reduce(this.#ui, key, scene);
      this.#ui = ui;
      this.#follow();
      if (say !== null) this.#tell({ kind: 'note', text: say }, NOTICE_MS);
      if (order !== null) this.#give(order);
      if (before !== ui.kind && endsRead(before, ui.kind)) break;
    }
    this.#options.changed();
  }

  /** Something changed, or some time went by. */
  refresh(): void {
    this.#ask();
  }

  stop(): void {
    this.#isStopped = true;
    this.#watch?.stop();
    if (this.#noticeTimer !== null) clearTimeout(this.#noticeTimer);
  }

  #read(): { readonly snapshot: Snapshot; readonly fault: string | null } {
    try {
      this.#latest = this.#options.station.source.current();
      return { snapshot: this.#latest, fault: this.#outOfTouch(this.#latest) };
    } catch (error) {
      if (this.#latest === null) throw error;
      return { snapshot: this.#latest, fault: errorMessage(error) };
    }
  }

  /** A station at the end of a connection keeps its last snapshot, and says by its newest problem that it is the last. */
  #outOfTouch({ problems }: Snapshot): string | null {
    const newest = this.#options.mode === 'attached' ? problems.at(-1) : undefined;
    return newest?.code === 'daemon_unreachable' ? newest.message : null;
  }

  /** Watches the issue that is open, and no other. */
  #follow(known?: Explanation): void {
    const detail = openDetail(this.#ui);
    const row = this.#rowOf(detail);
    const identifier = row?.row.identifier ?? detail?.cursor.identifier ?? null;
    if (identifier === (this.#watch?.identifier ?? null)) return;
    this.#watch?.stop();
    this.#watch = identifier === null ? null : this.#watchOf(identifier, known);
    this.#ask();
  }

  #watchOf(identifier: string, known: Explanation | undefined): IssueWatch {
    return new IssueWatch({
      station: this.#options.station,
      identifier,
      changed: () => this.#learned(),
      nowMs: () => performance.now(),
      ...(known === undefined ? {} : { known }),
    });
  }

  #rowOf(detail: DetailUi | null): ListRow | null {
    return detail === null || this.#latest === null
      ? null
      : selectedRow(listRows(this.#latest), detail.cursor);
  }

  #ask(): void {
    this.#watch?.ask(this.#rowOf(openDetail(this.#ui)) !== null);
  }

  /** An issue may have been opened by another spelling than its own. */
  #learned(): void {
    const watched = this.#watch?.watched;
    if (watched?.explained.kind === 'known' && this.#rowOf(openDetail(this.#ui)) === null) {
      const { explanation } = watched.explained;
      this.#ui = respelled(this.#ui, explanation.identifier);
      this.#follow(explanation);
    }
    this.#options.changed();
  }

  #give(order: Order): void {
    if (order.kind === 'quit') {
      this.#options.onQuit(order.how);
      return;
    }
    this.#tell({ kind: 'note', text: '…' }, FAILURE_MS);
    carryOut(this.#options.station, order).then(
      (text) => this.#tell({ kind: 'done', text }, NOTICE_MS),
      (error: unknown) => this.#tell({ kind: 'failed', text: errorMessage(error) }, FAILURE_MS),
    );
  }

  #tell(notice: Notice, forMs: number): void {
    if (this.#isStopped) return;
    if (this.#noticeTimer !== null) clearTimeout(this.#noticeTimer);
    this.#notice = notice;
    this.#noticeTimer = setTimeout(() => {
      this.#notice = null;
      this.#options.changed();
    }, forMs);
    this.#options.changed();
  }
}

/**
 * Whether the rest of what came in one read is dropped. Nobody has read a question that came in the same moment as its
 * answer, and words that were meant for an editor are no orders.
 */
function endsRead(before: Ui['kind'], after: Ui['kind']): boolean {
  const asks = (kind: Ui['kind']): boolean => kind === 'confirm' || kind === 'answer';
  return before === 'goTo' || asks(before) || asks(after);
}

/** The issue that is open, also under a question about it. */
function openDetail(ui: Ui): DetailUi | null {
  if (ui.kind === 'list') return null;
  return ui.kind === 'detail' ? ui : openDetail(ui.back);
}
