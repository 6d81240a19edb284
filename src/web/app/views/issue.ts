import { ApiFailure } from '../daemon/api.js';
import { IssueLookUp } from '../daemon/issue-look-up.js';
import { Refresher } from '../daemon/refresher.js';
import { Stream } from '../daemon/stream.js';
import type { ExplainResponse, IssueResponse } from '../daemon/wire.js';
import { h, setShown, setText } from '../dom/element.js';
import { EventList } from '../model/event-list.js';
import { issueEndpoint, issuePath } from '../model/link.js';
import { lookUpText } from '../model/looked-up.js';
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
const FORGOTTEN = 'The daemon knows nothing of this issue any more. Below is what it knew last.';

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
  readonly #unknown = h('p', { class: 'nothing unlisted', role: 'status' });
  readonly #lookUp: IssueLookUp;
  /** What there is only of issues that the daemon has to do with. */
  readonly #tracked: readonly HTMLElement[];
  #issue: IssueResponse | null = null;
  #isKnown = true;
  #explanation: ExplainResponse | null = null;
  #isFollowing = false;
  #isStopped = true;

  constructor(identifier: string, surroundings: Surroundings) {
    this.#identifier = identifier;
    this.#surroundings = surroundings;
    this.#lookUp = new IssueLookUp(surroundings.api, identifier);
    this.#refresher = new Refresher({
      spacingMs: 1_000,
      fallbackMs: 10_000,
      refresh: () => this.#refresh(),
      onFailed: (error) => surroundings.contact.failed(error),
    });
    const changed = (): void => this.#refresher.request();
    this.#stream = new Stream((after) => this.#eventsAddress(after), {
      onOpen: () => this.#eventsPanel.begin(),
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
    const figures = h('div', { class: 'column' }, this.#facts.element, this.#tokens.element);
    const whatHappened = h(
      'div',
      { class: 'issue-page' },
      this.#eventsPanel.element,
      this.#attempts.element,
      new TranscriptPanel(identifier, surroundings).element,
    );
    this.#tracked = [figures, whatHappened];
    this.#body = h(
      'div',
      { class: 'issue-page', hidden: true },
      this.#head.asking,
      h('div', { class: 'columns' }, this.#why.element, figures),
      whatHappened,
    );
    this.element = h('div', {}, this.#head.element, this.#unknown, this.#body);
  }

  get title(): string {
    const name = plainLine(this.#identifier, 60);
    const title = (this.#issue ?? this.#explanation)?.title;
    return title === undefined ? `${name} · Symphony` : `${name} ${plainLine(title, 80)} · Symphony`;
  }

  start(): void {
    this.#isStopped = false;
    this.#refresher.start();
    if (this.#isFollowing) this.#stream.start(this.#events.lastId);
  }

  stop(): void {
    this.#isStopped = true;
    this.#refresher.stop();
    this.#stream.stop();
  }

  tick(): void {
    const nowMs = this.#surroundings.contact.nowMs();
    const issue = this.#issue;
    if (issue === null) this.#showUnlisted(nowMs);
    else this.#showIssue(issue, nowMs);
    this.#showUnknown();
  }

  #showIssue(issue: IssueResponse, nowMs: number): void {
    const hasEnded = issue.status === 'ended';
    this.#head.update(issue, hasEnded ? null : this.#explanation);
    this.#why.update(this.#explanation, hasEnded, nowMs);
    this.#facts.update(issue, nowMs);
    this.#attempts.update([...issue.history].reverse().map((row) => ({ row, nowMs })));
    this.#tokens.update(issue.tokens_over_time, nowMs);
    for (const element of this.#tracked) setShown(element, true);
    setShown(this.#body, true);
  }

  #showUnlisted(nowMs: number): void {
    const explanation = this.#explanation;
    setShown(this.#body, explanation !== null);
    if (explanation === null) return;
    this.#head.updateUnlisted(explanation);
    this.#why.update(explanation, false, nowMs);
    for (const element of this.#tracked) setShown(element, false);
  }

  #showUnknown(): void {
    const said = this.#issue === null ? lookUpText(this.#lookUp.latest) : FORGOTTEN;
    setText(this.#unknown, this.#isKnown ? '' : said);
  }

  async #refresh(): Promise<void> {
    const { api, contact } = this.#surroundings;
    const issue = await unlessUnknown(api.get<IssueResponse>(issueEndpoint(this.#identifier)));
    const isOnBoard = issue !== null && issue.status !== 'ended';
    if (isOnBoard)
      this.#explanation = await unlessUnknown(
        api.get<ExplainResponse>(issueEndpoint(this.#identifier, '/explain')),
      );
    else if (this.#issue !== null && this.#issue.status !== issue?.status) this.#explanation = null;
    if (issue !== null) this.#issue = issue;
    this.#isKnown = issue !== null;
    contact.answered();
    if (issue !== null && !this.#isFollowing) {
      this.#isFollowing = true;
      // Left meanwhile, it begins once somebody comes back.
      if (!this.#isStopped) this.#stream.start(null);
    }
    // Of all others only the tracker can say more, and that may take seconds.
    if (!isOnBoard) await this.#askTracker();
  }

  async #askTracker(): Promise<void> {
    const looked = await this.#lookUp.ask(this.#issue !== null);
    if (this.#isStopped) return;
    if (looked.kind === 'respelled' && this.#issue === null) {
      this.#surroundings.replace(issuePath(looked.identifier));
      return;
    }
    this.#explanation = looked.kind === 'found' ? looked.explanation : null;
    this.#surroundings.contact.answered();
  }

  #eventsAddress(after: string | null): string {
    const query = new URLSearchParams(after === null ? { limit: String(FIRST_EVENTS) } : { after });
    return issueEndpoint(this.#identifier, `/events?${query}`);
  }
}

/** Null where the daemon knows no such issue, or had to ask the tracker about one that just left the board. */
async function unlessUnknown<Body>(asked: Promise<Body>): Promise<Body | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiFailure && (error.status === 404 || error.isOfTracker)) return null;
    throw error;
  }
}
