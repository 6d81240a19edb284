import { ApiFailure } from '../daemon/api.js';
import { type Attributes, h, setAttribute } from '../dom/element.js';
import type { Messages } from './messages.js';

/** What a button does. */
export interface Action {
  readonly label: string;
  readonly kind?: 'primary' | 'danger';
  /** Says more to those who do not see where the button stands. */
  readonly description?: string;
  /** Resolves with what happens now, or null when nothing was ordered. */
  readonly run: () => Promise<string | null>;
  readonly messages: Messages;
  /** Called after an order was taken. */
  readonly onDone?: () => void;
}

/**
 * A button that gives an order. While that is under way it takes no further click, but keeps the focus, which a disabled
 * button would lose.
 */
export function actionButton(action: Action): HTMLButtonElement {
  const { label, kind, description } = action;
  const attributes: Attributes = {
    type: 'button',
    class: kind ?? null,
    'aria-label': description === undefined ? null : `${label}: ${description}`,
  };
  const button = h('button', attributes, label);
  button.addEventListener('click', () => void perform(button, action));
  return button;
}

/** Gives an order for a control, and tells what became of it. */
export async function perform(
  control: HTMLElement,
  { run, messages, onDone }: Pick<Action, 'run' | 'messages' | 'onDone'>,
): Promise<boolean> {
  if (control.getAttribute('aria-disabled') === 'true') return false;
  setAttribute(control, 'aria-disabled', 'true');
  try {
    const message = await run();
    if (message === null) return false;
    messages.tell(message);
    onDone?.();
    return true;
  } catch (error) {
    messages.fail(failureText(error));
    return false;
  } finally {
    setAttribute(control, 'aria-disabled', null);
  }
}

function failureText(error: unknown): string {
  if (!(error instanceof ApiFailure)) throw error;
  if (error.status !== 0) return error.message;
  return 'The daemon did not answer. Whether it took the order shows once it answers again.';
}
