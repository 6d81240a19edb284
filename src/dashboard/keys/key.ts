/** What a person did on the keyboard, whatever bytes their terminal sends for it. */
export type Key =
  | { readonly kind: 'character'; readonly text: string }
  /** With ctrl held; the letter is lower case. */
  | { readonly kind: 'control'; readonly letter: string }
  /** Text that a terminal says was pasted: never an order. */
  | { readonly kind: 'paste'; readonly text: string }
  | { readonly kind: NamedKey };

export type NamedKey =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageUp'
  | 'pageDown'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'tab'
  | 'backspace'
  | 'delete';

/** The name by which a key is looked up: a character is itself, ctrl-a is `ctrl-a`. */
export function nameOf(key: Key): string {
  switch (key.kind) {
    case 'character':
      return key.text;
    case 'control':
      return `ctrl-${key.letter}`;
    default:
      return key.kind;
  }
}
