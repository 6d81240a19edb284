import type { EventResponse } from '../daemon/wire.js';
import { h, setShown, setText } from '../dom/element.js';
import { KeyedList, type KeyedRow } from '../dom/keyed.js';
import { atLeast, type EventList, type EventRow, LEVELS, type Level } from '../model/event-list.js';
import { clockTime, counted, inWords } from '../model/format.js';
import { plainLine, visibleJson } from '../model/text.js';
import { jsonDetails } from './json-details.js';

const LEVEL_NAMES: { readonly [level in Level]: string } = {
  debug: 'everything',
  info: 'info and above',
  warn: 'warnings and errors',
  error: 'errors',
};

/** Close enough to the end to go on following it. */
const AT_END_PX = 24;

const ASKED = 'The events are being asked for.';

/**
 * The live events of an issue. The list follows its end only while that is in view: whoever reads further up is left
 * there. It is no live region: at the pace of an agent a screen reader would never come to an end.
 */
export class EventsPanel {
  readonly element: HTMLElement;
  readonly #events: EventList;
  readonly #list: KeyedList<EventRow>;
  readonly #scroller: HTMLElement;
  readonly #level: HTMLSelectElement;
  readonly #nothing = h('p', { class: 'nothing' }, ASKED);
  readonly #latest = h('button', { type: 'button', class: 'latest', hidden: true }, 'Go to the latest');
  #isTold = false;
  #isFollowing = true;
  #unseen = 0;
  #frame: number | null = null;

  constructor(events: EventList) {
    this.#events = events;
    const rows = h('ol', { class: 'events' });
    this.#scroller = h(
      'div',
      { class: 'scroller', role: 'log', 'aria-live': 'off', 'aria-labelledby': 'events', tabindex: 0 },
      rows,
    );
    this.#level = h(
      'select',
      { id: 'level' },
      ...LEVELS.map((level) => h('option', { value: level }, LEVEL_NAMES[level])),
    );
    this.element = h(
      'section',
      { class: 'panel live-events', 'aria-labelledby': 'events' },
      h(
        'div',
        { class: 'panel-head' },
        h('h2', { id: 'events' }, 'Events'),
        h('span', { class: 'control' }, h('label', { for: 'level' }, 'Show'), this.#level),
      ),
      this.#nothing,
      h('div', { class: 'scroll-frame' }, this.#scroller, this.#latest),
    );
    this.#list = new KeyedList(rows, { key: ({ key }) => key, create: eventRow, refuge: this.#scroller });
    this.#level.addEventListener('change', () => this.#render());
    this.#scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.#latest.addEventListener('click', () => {
      this.#isFollowing = true;
      this.#render();
      this.#scroller.focus({ preventScroll: true });
    });
  }

  /** The daemon tells the events now: an empty list is one. */
  begin(): void {
    this.#isTold = true;
    this.#render();
  }

  /** So many events have come; they are shown with the next frame, however many come before it. */
  came(count: number): void {
    if (!this.#isFollowing) this.#unseen += count;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#render();
    });
  }

  #render(): void {
    const level = LEVELS.find((each) => each === this.#level.value) ?? 'debug';
    const rows = atLeast(this.#events.rows, level);
    this.#list.update(rows);
    setText(
      this.#nothing,
      this.#events.rows.length > 0
        ? 'Nothing of this level.'
        : this.#isTold
          ? 'Nothing has happened yet.'
          : ASKED,
    );
    setShown(this.#nothing, rows.length === 0);
    if (this.#isFollowing) {
      this.#unseen = 0;
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
    }
    setText(
      this.#latest,
      this.#unseen === 0 ? 'Go to the latest' : `${counted(this.#unseen, 'new event')}: go to the latest`,
    );
    setShown(this.#latest, !this.#isFollowing);
  }

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const isAtEnd = scrollHeight - clientHeight - scrollTop <= AT_END_PX;
    if (isAtEnd === this.#isFollowing) return;
    this.#isFollowing = isAtEnd;
    if (isAtEnd) this.#unseen = 0;
    setShown(this.#latest, !isAtEnd);
  }
}

function eventRow(row: EventRow): KeyedRow<EventRow> {
  if (row.kind === 'gap')
    return { element: h('li', { class: 'gap' }, 'Some events are missing here.'), update: () => {} };
  const { event } = row;
  const hasFields = Object.keys(event.fields).length > 0;
  const element = h(
    'li',
    { class: `event ${event.level}` },
    h('time', { datetime: event.at }, clockTime(event.at, Date.parse(event.at))),
    h('span', { class: 'level' }, event.level),
    h('span', { class: 'kind' }, plainLine(inWords(event.kind), 60)),
    h('span', { class: 'text', dir: 'auto' }, textOf(event)),
    hasFields ? jsonDetails('Fields', () => visibleJson(event.fields)) : null,
  );
  return { element, update: () => {} };
}

function textOf({ message }: EventResponse): string {
  return plainLine(message, 1_000);
}
