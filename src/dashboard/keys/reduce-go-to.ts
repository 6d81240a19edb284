import type { Snapshot } from '../../domain/snapshot.js';
import { EMPTY, edited, writtenText } from './editor.js';
import type { Key } from './key.js';
import { type ListRow, listRows, targetOf } from './list-rows.js';
import { type Scene, type Step, show } from './step.js';
import type { DetailUi, GoToUi, ListUi, Ui } from './ui.js';

/** Longer than trackers call their issues. */
const MAX_LENGTH = 200;

/** Begins to ask for an identifier. */
export function goingTo(back: ListUi | DetailUi): GoToUi {
  return { kind: 'goTo', editor: EMPTY, back };
}

/** What a key does while an identifier is written. */
export function reduceGoTo(ui: GoToUi, key: Key, { snapshot }: Scene): Step {
  if (key.kind === 'escape') return show(ui.back);
  if (key.kind !== 'enter') {
    const editor = edited(ui.editor, key);
    return show(editor.before.length + editor.after.length > MAX_LENGTH ? ui : { ...ui, editor });
  }
  const name = writtenText(ui.editor);
  return show(name === '' ? ui.back : opened(name, ui, snapshot));
}

/** The same, of an issue that is called so and was opened under another spelling of it. */
export function respelled(ui: Ui, identifier: string): Ui {
  return ui.kind === 'detail' ? { ...ui, cursor: { ...ui.cursor, identifier } } : ui;
}

/** The issue that was meant: the one of the list, in whatever case it was written, or else one that only the tracker knows. */
function opened(name: string, { back }: GoToUi, snapshot: Snapshot): DetailUi {
  const rows = listRows(snapshot);
  const place = placeOfName(rows, name);
  const row = rows[place];
  const list = back.kind === 'list' ? back : back.back;
  const target = row === undefined ? { issueId: null, identifier: name } : targetOf(row);
  return {
    kind: 'detail',
    cursor: { ...target, index: row === undefined ? (list.cursor?.index ?? 0) : place },
    scroll: 'end',
    showsRules: false,
    back: list,
  };
}

/** As it is written, or else the only one that differs from it in upper and lower case; -1 where there is none. */
function placeOfName(rows: readonly ListRow[], name: string): number {
  const exact = rows.findIndex(({ row }) => row.identifier === name);
  if (exact !== -1) return exact;
  const wanted = name.toLowerCase();
  const isMeant = ({ row }: ListRow): boolean => row.identifier.toLowerCase() === wanted;
  const first = rows.findIndex(isMeant);
  return first === rows.findLastIndex(isMeant) ? first : -1;
}
