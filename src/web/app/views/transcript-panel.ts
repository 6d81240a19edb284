import { ApiFailure } from '../daemon/api.js';
import type { TranscriptResponse } from '../daemon/wire.js';
import { h, setShown, setText } from '../dom/element.js';
import { clockTime } from '../model/format.js';
import { issueEndpoint } from '../model/link.js';
import { visibleJson } from '../model/text.js';
import { type TranscriptEntry, transcriptEntry } from '../model/transcript-entry.js';
import { jsonDetails } from './json-details.js';
import type { Surroundings } from './view.js';

const PAGE_LINES = 100;

/** What was said between the daemon and the agent, read a page at a time once somebody asks for it. */
export class TranscriptPanel {
  readonly element: HTMLElement;
  readonly #identifier: string;
  readonly #api: Surroundings['api'];
  readonly #sessions = h('select', { id: 'session' });
  readonly #minor = h('input', { type: 'checkbox', id: 'minor' });
  readonly #entries = h('ol', { class: 'transcript' });
  readonly #more = h('button', { type: 'button' });
  readonly #told = h('p', { role: 'status', class: 'nothing' });
  readonly #body: HTMLElement;
  #session: string | null = null;
  /** Where the last page that was read begins, and how many of its lines are shown: an end that grows is read again. */
  #after: string | null = null;
  #shownOfPage = 0;

  constructor(identifier: string, { api }: Surroundings) {
    this.#identifier = identifier;
    this.#api = api;
    this.#body = h(
      'div',
      {},
      h(
        'div',
        { class: 'panel-controls' },
        h('span', { class: 'control' }, h('label', { for: 'session' }, 'Session'), this.#sessions),
        h(
          'span',
          { class: 'control' },
          this.#minor,
          h('label', { for: 'minor' }, 'Pieces and notices without words, too'),
        ),
      ),
      this.#entries,
      this.#told,
      this.#more,
    );
    const details = h(
      'details',
      { class: 'panel transcript' },
      h('summary', {}, h('h2', { id: 'transcript' }, 'Transcript')),
      this.#body,
    );
    this.element = h('section', { 'aria-labelledby': 'transcript' }, details);
    details.addEventListener('toggle', () => {
      if (details.open && this.#session === null) void this.#read();
    });
    this.#sessions.addEventListener('change', () => {
      this.#begin(this.#sessions.value);
      void this.#read();
    });
    this.#minor.addEventListener('change', () => {
      this.#entries.classList.toggle('with-minor', this.#minor.checked);
    });
    this.#more.addEventListener('click', () => void this.#read());
    setText(this.#more, 'Load more');
  }

  #begin(session: string): void {
    this.#session = session;
    this.#after = null;
    this.#shownOfPage = 0;
    this.#entries.replaceChildren();
  }

  async #read(): Promise<void> {
    if (this.#more.getAttribute('aria-disabled') === 'true') return;
    this.#more.setAttribute('aria-disabled', 'true');
    try {
      this.#show(await this.#api.get<TranscriptResponse>(this.#address()));
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      setText(this.#told, `${error.message}.`.replace(/\.\.$/u, '.'));
    } finally {
      this.#more.removeAttribute('aria-disabled');
    }
  }

  #address(): string {
    const query = new URLSearchParams({ limit: String(PAGE_LINES) });
    if (this.#session !== null) query.set('session', this.#session);
    if (this.#after !== null) query.set('after', this.#after);
    return issueEndpoint(this.#identifier, `/transcript?${query}`);
  }

  #show({ sessions, session, lines, next }: TranscriptResponse): void {
    if (this.#session === null && session !== null) this.#session = session;
    const labels = sessions.map(({ label }) => label);
    if (labels.join('\n') !== [...this.#sessions.options].map(({ value }) => value).join('\n'))
      this.#sessions.replaceChildren(...labels.map((label) => h('option', { value: label }, label)));
    if (this.#session !== null) this.#sessions.value = this.#session;
    const fresh = lines.slice(this.#shownOfPage);
    this.#entries.append(...fresh.map((line) => entryRow(transcriptEntry(line))));
    if (next === null) this.#shownOfPage = lines.length;
    else {
      this.#after = next;
      this.#shownOfPage = 0;
    }
    setText(this.#more, next === null ? 'Look for new lines' : 'Load more');
    setShown(this.#more, session !== null);
    const end = fresh.length === 0 ? 'Nothing new has been written.' : '';
    setText(this.#told, session === null ? 'Nothing is kept of this issue.' : end);
  }
}

function entryRow({ at, speaker, what, text, isMinor, message }: TranscriptEntry): HTMLElement {
  return h(
    'li',
    { class: `entry ${speaker ?? 'nobody'}${isMinor ? ' minor' : ''}` },
    at === null ? null : h('time', { datetime: at }, clockTime(at, Date.parse(at))),
    h('span', { class: 'speaker' }, speaker === null ? '' : speaker === 'daemon' ? 'to agent' : 'from agent'),
    h('span', { class: 'what' }, what),
    h('span', { class: 'text', dir: 'auto' }, text),
    jsonDetails('JSON', () => visibleJson(message)),
  );
}
