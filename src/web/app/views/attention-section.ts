import type { BlockedRow, ParkedRow } from '../daemon/wire.js';
import { h, setShown, setText } from '../dom/element.js';
import { IssueCell } from '../dom/issue-link.js';
import { KeyedList, type KeyedRow } from '../dom/keyed.js';
import type { Attention } from '../model/attention.js';
import { ago, counted, until } from '../model/format.js';
import { plainBlock } from '../model/text.js';
import { answerForm } from './answer-form.js';
import { NoticeList } from './notice-list.js';
import { orderButtons } from './order-buttons.js';
import type { Surroundings } from './view.js';

/** More are told by number: whoever has that many has other things to do than to scroll. */
const MOST_CARDS = 50;

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
      key: ({ row }) => `${row.issue_id} ${row.blocked_at} ${row.question.text}`,
      create: ({ row }) => blockedCard(row, surroundings, onOrdered),
      refuge: this.#heading,
    });
    this.#parked = new KeyedList(parkedCards, {
      key: ({ row }) => row.issue_id,
      create: ({ row }) => parkedCard(row, surroundings, onOrdered),
      refuge: this.#heading,
    });
  }

  update({ notices, blocked, parked, waitingForPerson }: Attention, nowMs: number): void {
    this.#notices.update(notices);
    this.#blocked.update(blocked.slice(0, MOST_CARDS).map((row) => ({ row, nowMs })));
    this.#parked.update(parked.slice(0, MOST_CARDS).map((row) => ({ row, nowMs })));
    const total = notices.length + blocked.length + parked.length;
    const left = Math.max(blocked.length - MOST_CARDS, 0) + Math.max(parked.length - MOST_CARDS, 0);
    setText(this.#count, total === 0 ? '' : String(total));
    setText(this.#more, `${counted(left, 'more issue')} like these.`);
    setShown(this.#more, left > 0);
    setShown(this.#nothing, total === 0);
    this.element.classList.toggle('pressing', waitingForPerson > 0 || notices.length > 0);
  }
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
      const host = latest.worker_host === null ? '' : ` · ${latest.worker_host}`;
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
