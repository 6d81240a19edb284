import type { IssueId } from '../../domain/issue.js';
import type { DispatchOrder, IssueOrder } from '../../domain/order.js';
import type { Answer, Question } from '../../domain/session.js';
import type { Editor } from './editor.js';

/** An issue that keys are about; its id stays when its identifier changes, and one that nobody works on is known by that alone. */
export interface Target {
  readonly issueId: IssueId | null;
  readonly identifier: string;
}

/** The selected issue and the place it was last seen at, where the selection goes on when it has left the board. */
export interface Cursor extends Target {
  readonly index: number;
}

/** What the operator looks at and is in the middle of. What is shown of it comes from the snapshot. */
export type Ui = ListUi | DetailUi | ConfirmUi | AnswerUi | HelpUi | GoToUi;

/** All issues; nothing is selected until a key moves. */
export interface ListUi {
  readonly kind: 'list';
  readonly cursor: Cursor | null;
}

/** One issue. */
export interface DetailUi {
  readonly kind: 'detail';
  readonly cursor: Cursor;
  /** Lines of its events above the screen, or their end, wherever that is. */
  readonly scroll: Scroll;
  /** Whether every rule is shown, or only those that hold it. */
  readonly showsRules: boolean;
  /** The list it was opened from, where the way back leads for an issue that is not in it. */
  readonly back: ListUi;
}

export type Scroll = number | 'end';

/** A question of the dashboard, before an order that is hard to take back. */
export interface ConfirmUi {
  readonly kind: 'confirm';
  readonly about: Confirmation;
  readonly back: ListUi | DetailUi;
}

export type Confirmation =
  | { readonly kind: 'stop' | 'release'; readonly target: Target }
  | { readonly kind: 'drain' }
  | { readonly kind: 'quit' };

/** What an agent asks, and what the operator is about to answer. */
export interface AnswerUi {
  readonly kind: 'answer';
  readonly target: Target;
  /** As it was when it was opened: an answer never goes to another question. */
  readonly question: Question;
  readonly options: readonly AnswerOption[];
  readonly chosen: number;
  /** Set while words are written. */
  readonly editor: Editor | null;
  /** Lines of the question above the screen. */
  readonly scroll: number;
  readonly back: ListUi | DetailUi;
}

/** Something to choose; without an answer it leads to the editor. */
export interface AnswerOption {
  readonly label: string;
  readonly answer: Answer | null;
}

/** What the keys do. */
export interface HelpUi {
  readonly kind: 'help';
  readonly scroll: number;
  readonly back: ListUi | DetailUi;
}

/** The identifier of an issue that is to be opened, listed or not, while it is written. */
export interface GoToUi {
  readonly kind: 'goTo';
  readonly editor: Editor;
  readonly back: ListUi | DetailUi;
}

/** What the operator orders by keys. */
export type Order =
  | { readonly kind: 'refresh' }
  | { readonly kind: 'issue'; readonly target: Target; readonly order: IssueOrder }
  | {
      readonly kind: 'answer';
      readonly target: Target;
      readonly answer: Answer;
      /** The text of what is answered. */
      readonly question: string;
    }
  | { readonly kind: 'dispatch'; readonly order: DispatchOrder }
  | { readonly kind: 'quit'; readonly how: QuitKind };

/** How the operator leaves: once what runs has ended, at once, or from a daemon that goes on. */
export type QuitKind = 'drain' | 'now' | 'detach';

/** Whether the daemon is in this process or at the other end of a socket. */
export type Mode = 'daemon' | 'attached';

export const START: ListUi = { kind: 'list', cursor: null };
