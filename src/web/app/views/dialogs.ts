import { h, setAttribute, setText } from '../dom/element.js';

/** What a person is asked to confirm. */
export interface Confirmation {
  readonly title: string;
  readonly text: string;
  readonly action: string;
}

/** The dialogs of the page: a confirmation, and the question for the operator's token. */
export class Dialogs {
  readonly element = h('div', { class: 'dialogs' });

  /** True when the person means it. */
  confirm({ title, text, action }: Confirmation): Promise<boolean> {
    const go = h('button', { type: 'submit', class: 'danger' }, action);
    const form = h('form', { method: 'dialog' }, h('p', { id: 'dialog-text' }, text));
    return this.#ask(title, form, go, (done) => done(true));
  }

  /** Asks for the token until it is right, or the person gives up. */
  askForToken = (signIn: (token: string) => Promise<string | null>): Promise<boolean> => {
    const wrong = h('p', { role: 'alert', id: 'token-wrong', class: 'wrong' });
    const field = h('input', {
      id: 'token',
      type: 'password',
      name: 'token',
      autocomplete: 'current-password',
      spellcheck: 'false',
      maxlength: 1_024,
      required: true,
      'aria-describedby': 'dialog-text token-wrong',
    });
    const form = h(
      'form',
      { method: 'dialog' },
      h(
        'p',
        { id: 'dialog-text' },
        'What acts for a person needs the operator’s token. ',
        h('code', {}, 'symphony token'),
        ' prints it. It is asked for once and kept as a cookie of this browser.',
      ),
      // Keepers of passwords file the token under it.
      h('input', {
        type: 'text',
        name: 'username',
        value: 'operator',
        autocomplete: 'username',
        readonly: true,
        hidden: true,
      }),
      h('label', { for: 'token' }, 'Operator’s token'),
      field,
      wrong,
    );
    const go = h('button', { type: 'submit', class: 'primary' }, 'Sign in');
    return this.#ask('Sign in', form, go, async (done) => {
      setAttribute(go, 'aria-disabled', 'true');
      const fault = await signIn(field.value.trim());
      setAttribute(go, 'aria-disabled', null);
      if (fault === null) done(true);
      else {
        setText(wrong, fault);
        field.select();
      }
    });
  };

  #ask(
    title: string,
    form: HTMLFormElement,
    go: HTMLButtonElement,
    submitted: (done: (isMeant: boolean) => void) => void | Promise<void>,
  ): Promise<boolean> {
    const cancel = h('button', { type: 'button' }, 'Cancel');
    form.append(h('div', { class: 'buttons' }, cancel, go));
    const dialog = h(
      'dialog',
      { 'aria-labelledby': 'dialog-title', 'aria-describedby': 'dialog-text' },
      h('h2', { id: 'dialog-title' }, title),
      form,
    );
    this.element.replaceChildren(dialog);
    return new Promise((resolve, reject) => {
      const done = (isMeant: boolean): void => {
        dialog.close();
        dialog.remove();
        resolve(isMeant);
      };
      cancel.addEventListener('click', () => done(false));
      // Escape closes a dialog without asking anybody.
      dialog.addEventListener('cancel', (event) => {
        event.preventDefault();
        done(false);
      });
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        if (go.getAttribute('aria-disabled') !== 'true') Promise.resolve(submitted(done)).catch(reject);
      });
      dialog.showModal();
    });
  }
}
