import { ApiFailure } from '../daemon/api.js';
import { Refresher } from '../daemon/refresher.js';
import { Stream } from '../daemon/stream.js';
import type { ExplainResponse, IssueResponse } from '../daemon/wire.js';
import { h, setShown } from '../dom/element.js';
import { EventList } from '../model/event-list.js';
import { issueEndpoint } from '../model/link.js';
import { plainLine } from '../model/text.js';
import { attemptsTable } from './attempts-table.js';
import { EventsPanel } from './events-panel.js';
import { ExplanationPanel } from './explanation-panel.js';
import { IssueHead } from './issue-head.js';
import { RunFacts } from './run-facts.js';
import { TokensPanel } from './tokens-panel.js';
import { TranscriptPanel } from './transcript-panel.js';
import type { Surroundings, View } from './view.js';

const FIRST_EVENTS = 200;

/** All that is known of one issue, and all that can be ordered about it. */
export class IssueView implements View {
  readonly element: HTMLElement;
  readonly heading: HTMLElement;
  readonly #identifier: string;
  readonly #surroundings: Surroundings;
  readonly #refresher: Refresher;
  readonly #stream: Stream;
  readonly #events = new EventList();
  readonly #head: IssueHead;
  readonly #why = new ExplanationPanel();
  readonly #facts = new RunFacts();
  readonly #eventsPanel = new EventsPanel(this.#events);
  readonly #attempts = attemptsTable();
  readonly #tokens = new TokensPanel();
  readonly #body: HTMLElement;
  readonly #unknown = h('p', { class: 'nothing', hidden: true });
  #issue: IssueResponse | null = null;
  #explanation: ExplainResponse | null = null;
  #isFollowing = false;

  constructor(identifier: string, surroundings: Surroundings) {
    this.#identifier = identifier;
    this.#surroundings = surroundings;
    this.#refresher = new Refresher({
      spacingMs: 1_000,
      fallbackMs: 10_000,
      refresh: () => this.#refresh(),
      onFailed: (error) => surroundings.contact.failed(error),
    });
    const changed = (): void => this.#refresher.request();
    this.#stream = new Stream((after) => this.#eventsAddress(after), {
      onEvent: (event) => {
        this.#eventsPanel.came(this.#events.add([event]));
        changed();
      },
      onChanged: changed,
      onGap: () => {
        this.#events.addGap();
        this.#eventsPanel.came(0);
      },
      onLost: changed,
    });
    this.#head = new IssueHead(identifier, surroundings, changed);
    this.heading = this.#head.heading;
    this.#body = h(
      'div',
      { class: 'issue-page', hidden: true },
      this.#head.asking,
      h(
        'div',
        { class: 'columns' },
        this.#why.element,
        h('div', { class: 'column' }, this.#facts.element, this.#tokens.element),
      ),
      this.#eventsPanel.element,
      this.#attempts.element,
      new TranscriptPanel(identifier, surroundings).element,
    );
    this.element = h('div', {}, this.#head.element, this.#unknown, this.#body);
  }

  get title(): string {
    const name = plainLine(this.#identifier, 60);
    return this.#issue === null
      ? `${name} · Symphony`
      : `${name} ${plainLine(this.#issue.title, 80)} · Symphony`;
  }

  start(): void {
    this.#refresher.start();
    if (this.#isFollowing) this.#stream.start(this.#events.lastId);
  }

  stop(): void {
    this.#refresher.stop();
    this.#stream.stop();
  }

  tick(): void {
    const issue = this.#issue;
    if (issue === null) return;
    const nowMs = this.#surroundings.contact.nowMs();
    this.#head.update(issue, this.#explanation);
    this.#why.update(this.#explanation, issue.status === 'ended', nowMs);
    this.#facts.update(issue, nowMs);
    this.#attempts.update([...issue.history].reverse().map((row) => ({ row, nowMs })));
    this.#tokens.update(issue.tokens_over_time, nowMs);
    setShown(this.#body, true);
  }

  async #refresh(): Promise<void> {
    const { api, contact } = this.#surroundings;
    const issue = await unlessUnknown(api.get<IssueResponse>(issueEndpoint(this.#identifier)));
    // Dispatch knows nothing of an issue that has ended; it is not asked in vain each time.
    const isExplained = issue !== null && issue.status !== 'ended';
    this.#explanation = isExplained
      ? await unlessUnknown(api.get<ExplainResponse>(issueEndpoint(this.#identifier, '/explain')))
      : null;
    if (issue !== null) this.#issue = issue;
    this.#showUnknown(issue === null);
    contact.answered();
    if (issue === null || this.#isFollowing) return;
    this.#isFollowing = true;
    this.#stream.start(null);
  }

  #showUnknown(isUnknown: boolean): void {
    setShown(this.#unknown, isUnknown);
    if (isUnknown)
      this.#unknown.textContent =
        this.#issue === null
          ? 'The daemon knows no such issue: it has not worked on it, and the last poll did not list it.'
          : 'The daemon knows nothing of this issue any more. Below is what it knew last.';
  }

  #eventsAddress(after: string | null): string {
    const query = new URLSearchParams(after === null ? { limit: String(FIRST_EVENTS) } : { after });
    return issueEndpoint(this.#identifier, `/events?${query}`);
  }
}

/** Null where the daemon knows no such issue. */
async function unlessUnknown<Body>(asked: Promise<Body>): Promise<Body | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return null;
    throw error;
  }
}
