import type { Api } from '../daemon/api.js';
import type { ContactLine } from '../daemon/contact-line.js';
import type { Operator } from '../daemon/operator.js';
import type { Orders } from '../daemon/orders.js';
import type { Dialogs } from './dialogs.js';
import type { Messages } from './messages.js';

/** What every view works with. */
export interface Surroundings {
  readonly api: Api;
  readonly contact: ContactLine;
  readonly operator: Operator;
  readonly orders: Orders;
  readonly dialogs: Dialogs;
  readonly messages: Messages;
  /** Shows the page at a path of this page's server, as a link to it would. */
  readonly open: (path: string) => void;
  /** Shows the page at a path in place of this one, which stood at a wrong address. */
  readonly replace: (path: string) => void;
}

/** What one address shows. */
export interface View {
  readonly element: HTMLElement;
  /** Gets the focus when a person comes here from another view. */
  readonly heading: HTMLElement;
  readonly title: string;
  start(): void;
  stop(): void;
  /** Shows what has grown older; called each second while the page is looked at. */
  tick(): void;
}
