import { answering } from './answers.js';
import { type Key, nameOf } from './key.js';
import { blockedRow, cursorAt, listRows, placeOf, selectedRow, targetOf } from './list-rows.js';
import { reduceAnswer } from './reduce-answer.js';
import { goingTo, reduceGoTo } from './reduce-go-to.js';
import { order, type Scene, type Step, say, show } from './step.js';
import type { Confirmation, ConfirmUi, DetailUi, HelpUi, ListUi, Scroll, Target, Ui } from './ui.js';

/**
 * What a key does. Pure and total: any key may come at any time.
 *
 * An order about an issue is about the one that is selected or open, never about one that took its place: when the
 * selected issue leaves the list, nothing is selected until a key moves.
 */
export function reduce(ui: Ui, key: Key, scene: Scene): Step {
  switch (ui.kind) {
    case 'list':
      return reduceList(ui, key, scene);
    case 'detail':
      return reduceDetail(ui, key, scene);
    case 'confirm':
      return reduceConfirm(ui, key);
    case 'answer':
      return reduceAnswer(ui, key, scene);
    case 'help':
      return reduceHelp(ui, key, scene);
    case 'goTo':
      return reduceGoTo(ui, key, scene);
  }
}

function reduceList(ui: ListUi, key: Key, scene: Scene): Step {
  const rows = listRows(scene.snapshot);
  const name = nameOf(key);
  const move = MOVES[name];
  if (move !== undefined) return show({ ...ui, cursor: cursorAt(rows, moved(ui, move, scene)) });
  const row = selectedRow(rows, ui.cursor);
  switch (name) {
    case 'enter':
      return row === null || ui.cursor === null
        ? say(ui, 'Select an issue first, with the arrow keys.')
        : show({
            kind: 'detail',
            cursor: { ...ui.cursor, ...targetOf(row) },
            scroll: 'end',
            showsRules: false,
            back: ui,
          });
    case 'escape':
      return show({ ...ui, cursor: null });
    case 'q':
      return scene.mode === 'attached'
        ? order(ui, { kind: 'quit', how: 'detach' })
        : show({ kind: 'confirm', about: { kind: 'quit' }, back: ui });
    default:
      return reduceCommon(ui, name, row === null ? null : targetOf(row), scene);
  }
}

/** Where a move leads in the list. */
function moved({ cursor }: ListUi, move: Move, { snapshot, page, away }: Scene): number {
  if (move === 'first') return 0;
  if (move === 'last') return Number.MAX_SAFE_INTEGER;
  if (cursor === null) return 0;
  const place = placeOf(listRows(snapshot), cursor);
  // The place of an issue that has left is taken by the one that was below it.
  if (place === null) return move < 0 ? cursor.index - 1 : cursor.index;
  if (Math.abs(move) === 1) return place + move;
  const lines = Math.sign(move) * Math.max(page - 1, 1);
  return away === undefined ? place + lines : away(place, lines);
}

type Move = 'first' | 'last' | 1 | -1 | 2 | -2;

/** 2 stands for a page. */
const MOVES: { readonly [key: string]: Move } = {
  up: -1,
  k: -1,
  left: -1,
  'ctrl-p': -1,
  down: 1,
  j: 1,
  right: 1,
  'ctrl-n': 1,
  pageUp: -2,
  'ctrl-b': -2,
  pageDown: 2,
  'ctrl-f': 2,
  ' ': 2,
  home: 'first',
  g: 'first',
  end: 'last',
  G: 'last',
};

function reduceDetail(ui: DetailUi, key: Key, scene: Scene): Step {
  const name = nameOf(key);
  const move = MOVES[name];
  if (move !== undefined) return show({ ...ui, scroll: scrolled(ui.scroll, move, scene) });
  const place = placeOf(listRows(scene.snapshot), ui.cursor);
  switch (name) {
    case 'escape':
    case 'q':
    case 'backspace':
      return show(place === null ? ui.back : { kind: 'list', cursor: { ...ui.cursor, index: place } });
    case 'w':
      return show({ ...ui, showsRules: !ui.showsRules });
    default: {
      const row = selectedRow(listRows(scene.snapshot), ui.cursor);
      // The daemon knows more issues than a snapshot shows, and says so when it does not know this one.
      return reduceCommon(ui, name, row === null ? ui.cursor : targetOf(row), scene);
    }
  }
}

function scrolled(scroll: Scroll, move: Move, { page, scrollMax }: Scene): Scroll {
  if (move === 'first') return 0;
  if (move === 'last') return 'end';
  const from = scroll === 'end' ? scrollMax : Math.min(scroll, scrollMax);
  const by = Math.abs(move) === 1 ? move : Math.sign(move) * Math.max(page - 1, 1);
  const to = Math.max(from + by, 0);
  // Who scrolls down to the end goes on following it.
  return to >= scrollMax ? 'end' : to;
}

/** Keys that mean the same wherever issues are looked at. */
function reduceCommon(ui: ListUi | DetailUi, name: string, target: Target | null, scene: Scene): Step {
  switch (name) {
    case 'r':
      return order(ui, { kind: 'refresh' });
    case 'p':
      return order(ui, { kind: 'dispatch', order: scene.snapshot.hold === null ? 'pause' : 'resume' });
    case 'u':
      return liftLimit(ui, scene.snapshot);
    case 'd':
      return confirm(ui, { kind: 'drain' });
    case '?':
      return show({ kind: 'help', scroll: 0, back: ui });
    case '/':
      return show(goingTo(ui));
    case 's':
    case 't':
    case 'x':
    case 'a':
      return target === null
        ? say(ui, 'Select an issue first, with the arrow keys.')
        : reduceAboutIssue(ui, name, target, scene);
    default:
      return show(ui);
  }
}

/** Whoever resumes without a pause takes the limit of the account for over. */
function liftLimit(ui: ListUi | DetailUi, { accountLimit, hold }: Scene['snapshot']): Step {
  if (accountLimit === null) return say(ui, 'No usage limit is in force.');
  if (hold !== null) return say(ui, 'Resume dispatch first, with p.');
  return order(ui, { kind: 'dispatch', order: 'resume' });
}

function reduceAboutIssue(
  ui: ListUi | DetailUi,
  name: 's' | 't' | 'x' | 'a',
  target: Target,
  { snapshot }: Scene,
): Step {
  switch (name) {
    case 's':
      return confirm(ui, { kind: 'stop', target });
    case 'x':
      return confirm(ui, { kind: 'release', target });
    case 't':
      return order(ui, { kind: 'issue', target, order: 'retry' });
    case 'a': {
      const blocked = blockedRow(snapshot, target);
      return blocked === null
        ? say(ui, `${target.identifier} asks nothing.`)
        : show(answering(target, blocked.question, ui));
    }
  }
}

function reduceConfirm(ui: ConfirmUi, key: Key): Step {
  const name = nameOf(key);
  const { about, back } = ui;
  // Hands know `n` as no, whatever is asked.
  if (name === 'escape' || name === 'q' || name === 'n') return show(back);
  if (about.kind === 'quit') {
    if (name === 'd') return order(back, { kind: 'quit', how: 'drain' });
    return name === 's' ? order(back, { kind: 'quit', how: 'now' }) : show(ui);
  }
  if (name !== 'y') return show(ui);
  return about.kind === 'drain'
    ? order(back, { kind: 'dispatch', order: 'drain' })
    : order(back, { kind: 'issue', target: about.target, order: about.kind });
}

function reduceHelp(ui: HelpUi, key: Key, scene: Scene): Step {
  const name = nameOf(key);
  const move = MOVES[name];
  if (move !== undefined) {
    const scroll = scrolled(ui.scroll, move, scene);
    return show({ ...ui, scroll: scroll === 'end' ? scene.scrollMax : scroll });
  }
  return ['escape', 'q', '?', 'enter'].includes(name) ? show(ui.back) : show(ui);
}

function confirm(back: ListUi | DetailUi, about: Confirmation): Step {
  return show({ kind: 'confirm', about, back });
}
