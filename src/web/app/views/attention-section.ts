import { LOCAL_HOST } from '../../../domain/settings.js';
import type { BlockedRow, ParkedRow } from '../daemon/wire.js';
import { h, setShown, setText } from '../dom/element.js';
import { IssueCell } from '../dom/issue-link.js';
import { KeyedList, type KeyedRow } from '../dom/keyed.js';
import type { Attention } from '../model/attention.js';
import { ago, counted, until } from '../model/format.js';
import { hostName } from '../model/rows.js';
import { plainBlock } from '../model/text.js';
import { answerForm } from './answer-form.js';
import { NoticeList } from './notice-list.js';
import { orderButtons } from './order-buttons.js';
import type { Surroundings } from './view.js';

/** More are told by number: whoever has that many has other things to do than to scroll. */
const MOST_CARDS = 50;

/** Nobody sees that something has moved and reaches for something else in less time than this. */
const SETTLED_MS = 500;

/** What wants a person, before everything else. */
export class AttentionSection {
  readonly element: HTMLElement;
  readonly #heading = h('h2', { id: 'attention', tabindex: -1 }, 'Needs attention ');
  readonly #count = h('span', { class: 'count' });
  readonly #nothing = h('p', { class: 'nothing' }, 'Nothing waits for a person.');
  readonly #more = h('p', { class: 'nothing' });
  readonly #notices = new NoticeList();
  readonly #cards = h('ul', { class: 'cards' });
  readonly #blocked: KeyedList<{ row: BlockedRow; nowMs: number }>;
  readonly #parked: KeyedList<{ row: ParkedRow; nowMs: number }>;
  #layout: string | null = null;
  #movedAtMs = Number.NEGATIVE_INFINITY;

  constructor(surroundings: Surroundings, onOrdered: () => void) {
    const parkedCards = h('ul', { class: 'cards' });
    this.#heading.append(this.#count);
    this.element = h(
      'section',
      { class: 'attention', 'aria-labelledby': 'attention' },
      this.#heading,
      this.#notices.element,
      this.#cards,
      parkedCards,
      this.#more,
      this.#nothing,
    );
    this.#blocked = new KeyedList(this.#cards, {
      // Another question is another card: what was typed for the last one is no answer to it.
      key: ({ row }) => questionKey(row),
      create: ({ row }) => blockedCard(row, surroundings, onOrdered),
      refuge: this.#heading,
    });
    this.#parked = new KeyedList(parkedCards, {
      key: ({ row }) => row.issue_id,
      create: ({ row }) => parkedCard(row, surroundings, onOrdered),
      refuge: this.#heading,
    });
    this.element.addEventListener('click', (event) => this.#refuseMisplaced(event, surroundings), true);
  }

  update({ notices, blocked, parked }: Attention, nowMs: number): void {
    this.#notices.update(notices);
    this.#noteLayout([
      ...notices.map(({ key }) => key),
      ...blocked.map(questionKey),
      ...parked.map(({ issue_id }) => issue_id),
    ]);
    this.#blocked.update(blocked.slice(0, MOST_CARDS).map((row) => ({ row, nowMs })));
    this.#parked.update(parked.slice(0, MOST_CARDS).map((row) => ({ row, nowMs })));
    const total = notices.length + blocked.length + parked.length;
    const left = Math.max(blocked.length - MOST_CARDS, 0) + Math.max(parked.length - MOST_CARDS, 0);
    setText(this.#count, total === 0 ? '' : String(total));
    setText(this.#more, `${counted(left, 'more issue')} like these.`);
    setShown(this.#more, left > 0);
    setShown(this.#nothing, total === 0);
  }

  #noteLayout(keys: readonly string[]): void {
    const layout = keys.join('\n');
    if (layout === this.#layout) return;
    if (this.#layout !== null) this.#movedAtMs = performance.now();
    this.#layout = layout;
  }

  /** A card that comes or goes moves the others: a click that follows at once may have been meant for another button. */
  #refuseMisplaced(event: MouseEvent, { messages }: Surroundings): void {
    const isByPointer = event.detail > 0;
    const isOrder = event.target instanceof Element && event.target.closest('button') !== null;
    if (!isByPointer || !isOrder || performance.now() - this.#movedAtMs > SETTLED_MS) return;
    event.preventDefault();
    event.stopPropagation();
    messages.tell('Nothing was ordered: the list had just moved under the pointer. Press again.');
  }
}

/** Tells this question from every other one, also of the same issue. */
function questionKey({ issue_id, blocked_at, question }: BlockedRow): string {
  return `${issue_id} ${blocked_at} ${question.text}`;
}

function blockedCard(
  row: BlockedRow,
  surroundings: Surroundings,
  onOrdered: () => void,
): KeyedRow<{ row: BlockedRow; nowMs: number }> {
  const identifier = row.issue_identifier;
  const issue = new IssueCell(identifier);
  const facts = h('span', { class: 'facts' });
  const element = h(
    'li',
    { class: 'card blocked' },
    h('h3', {}, issue.element),
    facts,
    answerForm({
      identifier,
      question: row.question,
      surroundings,
      onAnswered: onOrdered,
      offersWords: false,
    }),
  );
  return {
    element,
    update: ({ row: latest, nowMs }) => {
      issue.update(latest.title);
      const name = hostName(latest.worker_host);
      const host = name === LOCAL_HOST ? '' : ` · ${name}`;
      setText(facts, `${latest.state} · asked ${ago(latest.blocked_at, nowMs)}${host}`);
    },
  };
}

function parkedCard(
  row: ParkedRow,
  surroundings: Surroundings,
  onOrdered: () => void,
): KeyedRow<{ row: ParkedRow; nowMs: number }> {
  const identifier = row.issue_identifier;
  const issue = new IssueCell(identifier);
  const facts = h('span', { class: 'facts' });
  const reason = h('p', { class: 'reason', dir: 'auto' });
  const element = h(
    'li',
    { class: 'card parked' },
    h('h3', {}, issue.element),
    facts,
    h(
      'div',
      { class: 'asking' },
      reason,
      orderButtons(identifier, ['retry', 'release'], surroundings, onOrdered),
    ),
  );
  return {
    element,
    update: ({ row: latest, nowMs }) => {
      issue.update(latest.title);
      setText(facts, `${latest.state} · ${parkedWords(latest, nowMs)}`);
      setText(reason, plainBlock(latest.reason));
    },
  };
}

function parkedWords({ cause, until: end }: ParkedRow, nowMs: number): string {
  if (end !== null) return `set aside, goes on ${until(end, nowMs)}`;
  return cause === 'operator' ? 'set aside by a person' : 'set aside until a person takes it up';
}
