import { Refresher } from '../daemon/refresher.js';
import { Stream } from '../daemon/stream.js';
import type { IssuesResponse, StateResponse } from '../daemon/wire.js';
import { h, setShown, setText } from '../dom/element.js';
import { attentionOf, holdNotice } from '../model/attention.js';
import { counted } from '../model/format.js';
import { isLookedFor, unclaimed, usesHosts } from '../model/rows.js';
import { AttentionSection } from './attention-section.js';
import { DispatchBar } from './dispatch-bar.js';
import { Figures } from './figures.js';
import { NoticeList } from './notice-list.js';
import {
  boardTable,
  endedTable,
  problemTable,
  retryTable,
  runningTable,
  workerTable,
} from './overview-tables.js';
import type { Surroundings, View } from './view.js';

/** With fewer issues than this nobody needs to look for one. */
const ISSUES_WORTH_A_SEARCH = 12;

/** All that the daemon does, at a glance. */
export class Overview implements View {
  readonly element: HTMLElement;
  readonly heading = h('h1', { tabindex: -1 }, 'Overview');
  readonly #surroundings: Surroundings;
  readonly #refreshers: readonly Refresher[];
  readonly #stream: Stream;
  readonly #body: HTMLElement;
  readonly #hold = new NoticeList();
  readonly #figures = new Figures();
  readonly #dispatch: DispatchBar;
  readonly #attention: AttentionSection;
  readonly #running = runningTable();
  readonly #retrying = retryTable();
  readonly #waiting = boardTable('waiting', 'Waiting');
  readonly #ineligible = boardTable('ineligible', 'Not eligible');
  readonly #ended = endedTable();
  readonly #workers = workerTable();
  readonly #problems = problemTable();
  readonly #search = h('input', { type: 'search', id: 'search', autocomplete: 'off', spellcheck: 'false' });
  readonly #searchRow: HTMLElement;
  /** Read out when it changes, for those who do not see the first section fill. */
  readonly #announcement = h('p', { role: 'status', class: 'visually-hidden' });
  #state: StateResponse | null = null;
  #issues: IssuesResponse | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    const { api, contact } = surroundings;
    const state = new Refresher({
      spacingMs: 1_000,
      fallbackMs: 10_000,
      refresh: async () => {
        this.#state = await api.get<StateResponse>('/api/v1/state');
        contact.answered();
      },
      onFailed: (error) => contact.failed(error),
    });
    const issues = new Refresher({
      spacingMs: 5_000,
      fallbackMs: 30_000,
      refresh: async () => {
        this.#issues = await api.get<IssuesResponse>('/api/v1/issues');
        this.tick();
      },
      // Whether the daemon answers is told by its state, which is asked for more often.
      onFailed: () => {},
    });
    this.#refreshers = [state, issues];
    const changed = (): void => {
      for (const refresher of this.#refreshers) refresher.request();
    };
    this.#stream = new Stream(
      (after) => (after === null ? '/api/v1/events' : `/api/v1/events?after=${encodeURIComponent(after)}`),
      {
        onChanged: changed,
        onLost: () => state.request(),
      },
    );
    this.#dispatch = new DispatchBar(surroundings, changed);
    this.#attention = new AttentionSection(surroundings, changed);
    this.#searchRow = h(
      'div',
      { class: 'search', role: 'search' },
      h('label', { for: 'search' }, 'Find an issue'),
      this.#search,
    );
    this.#search.addEventListener('input', () => this.tick());
    this.#body = h(
      'div',
      { class: 'overview', hidden: true },
      this.#hold.element,
      this.#figures.element,
      this.#attention.element,
      this.#searchRow,
      this.#running.element,
      this.#retrying.element,
      this.#waiting.element,
      this.#ineligible.element,
      this.#ended.element,
      this.#workers.element,
      this.#problems.element,
    );
    this.element = h(
      'div',
      {},
      h('div', { class: 'title-row' }, this.heading, this.#dispatch.element),
      this.#announcement,
      this.#body,
    );
  }

  get title(): string {
    if (this.#state === null) return 'Symphony';
    const { waitingForPerson } = attentionOf(this.#state, 0);
    return waitingForPerson === 0 ? 'Symphony' : `(${waitingForPerson}) Symphony`;
  }

  start(): void {
    for (const refresher of this.#refreshers) refresher.start();
    this.#stream.start();
  }

  stop(): void {
    for (const refresher of this.#refreshers) refresher.stop();
    this.#stream.stop();
  }

  tick(): void {
    const state = this.#state;
    if (state === null) return;
    const nowMs = this.#surroundings.contact.nowMs();
    const hold = holdNotice(state, nowMs);
    const attention = attentionOf(state, nowMs);
    this.#hold.update(hold === null ? [] : [hold]);
    this.#dispatch.update(state);
    this.#figures.update(state, nowMs);
    this.#attention.update(attention, nowMs);
    this.#showTables(state, nowMs);
    setText(
      this.#announcement,
      attention.waitingForPerson === 0
        ? ''
        : `${counted(attention.waitingForPerson, 'issue')} waiting for a person`,
    );
    setShown(this.#body, true);
  }

  #showTables(state: StateResponse, nowMs: number): void {
    const { waiting, ineligible } =
      this.#issues === null ? { waiting: [], ineligible: [] } : unclaimed(this.#issues);
    const ended = this.#issues?.ended ?? [];
    const all = [state.running, state.retrying, waiting, ineligible, ended];
    const total = all.reduce((sum, rows) => sum + rows.length, 0);
    setShown(this.#searchRow, total >= ISSUES_WORTH_A_SEARCH || this.#search.value !== '');
    const timed = <Row>(row: Row): { row: Row; nowMs: number } => ({ row, nowMs });
    const found = <Row extends { issue_identifier: string; title: string; state: string }>(
      rows: readonly Row[],
    ): readonly Row[] => rows.filter((row) => isLookedFor(row, this.#search.value));
    this.#running.element.classList.toggle('no-hosts', !usesHosts(state));
    this.#running.update(found(state.running).map(timed));
    this.#retrying.update(found(state.retrying).map(timed));
    this.#waiting.update(found(waiting));
    this.#ineligible.update(found(ineligible));
    this.#ended.update(found(ended).map(timed));
    this.#workers.update(state.hosts.map(timed));
    this.#problems.update([...state.problems].reverse().map(timed));
  }
}
