import type { IssueResponse } from '../daemon/wire.js';
import { h, setText } from '../dom/element.js';
import { KeyedList } from '../dom/keyed.js';
import { outcomeOf } from '../model/attempts.js';
import { ago, attemptName, grouped, until } from '../model/format.js';
import { ageOf, hostName, lastMessage, phaseOf } from '../model/rows.js';
import { plainBlock, plainLine } from '../model/text.js';

interface Fact {
  readonly name: string;
  readonly text: string;
  readonly isCode?: boolean;
}

/** What is known of an issue besides its events, as names and values. */
export class RunFacts {
  readonly element: HTMLElement;
  readonly #list: KeyedList<Fact>;

  constructor() {
    const list = h('dl', { class: 'facts-list' });
    this.element = h(
      'section',
      { class: 'panel now', 'aria-labelledby': 'now' },
      h('h2', { id: 'now' }, 'Now'),
      list,
    );
    this.#list = new KeyedList(list, {
      key: ({ name }) => name,
      create: ({ name, isCode }) => {
        const value = h(isCode === true ? 'code' : 'span', { dir: 'auto' });
        return {
          element: h('div', {}, h('dt', {}, name), h('dd', {}, value)),
          update: ({ text }) => setText(value, text),
        };
      },
    });
  }

  update(issue: IssueResponse, nowMs: number): void {
    this.#list.update([...standingFacts(issue, nowMs), ...placeFacts(issue)]);
  }
}

function standingFacts(
  { status, running, retry, blocked, parked, last_error, history }: IssueResponse,
  nowMs: number,
): Fact[] {
  const facts: Fact[] = [];
  if (running !== null) facts.push(...runningFacts(running, nowMs));
  if (retry !== null)
    facts.push(
      { name: 'Next run', text: `${attemptName(retry.attempt)}, ${until(retry.due_at, nowMs)}` },
      { name: 'Because of', text: retry.error === null ? 'it goes on' : plainLine(retry.error, 1_000) },
    );
  if (blocked !== null)
    facts.push(
      { name: 'Asked', text: ago(blocked.blocked_at, nowMs) },
      { name: 'Tokens', text: grouped(blocked.tokens.total_tokens) },
    );
  if (parked !== null)
    facts.push(
      { name: 'Set aside', text: plainBlock(parked.reason) },
      { name: 'Until', text: parked.until === null ? 'a person takes it up' : until(parked.until, nowMs) },
    );
  const wentWell = outcomeOf(history.at(-1)?.outcome ?? null).tone === 'good';
  const isToldAlready = last_error === retry?.error || last_error === parked?.reason;
  if (last_error !== null && !isToldAlready && !(status === 'ended' && wentWell))
    facts.push({ name: 'Last error', text: plainLine(last_error, 1_000) });
  return facts;
}

function runningFacts(running: NonNullable<IssueResponse['running']>, nowMs: number): Fact[] {
  const last = lastMessage(running, nowMs);
  return [
    { name: 'Phase', text: `${phaseOf(running)}, ${attemptName(running.attempt)}` },
    { name: 'For', text: ageOf(running.started_at, nowMs) },
    { name: 'Turns', text: grouped(running.turn_count) },
    {
      name: 'Tokens',
      text: `${grouped(running.tokens.total_tokens)} (${grouped(running.tokens.input_tokens)} in, ${grouped(running.tokens.output_tokens)} out)`,
    },
    {
      name: 'Last message',
      text: last.age === null ? last.text : `${last.text} (${last.age})`,
    },
    ...(running.process_id === null
      ? []
      : [{ name: 'Process', text: String(running.process_id), isCode: true }]),
  ];
}

function placeFacts({ workspace, running, blocked, attempts }: IssueResponse): Fact[] {
  const sessionId = running?.session_id ?? blocked?.session_id ?? null;
  return [
    ...(attempts.restart_count === 0 ? [] : [{ name: 'Restarts', text: grouped(attempts.restart_count) }]),
    { name: 'Host', text: hostName(workspace.host) },
    ...(workspace.path === null
      ? []
      : [{ name: 'Workspace', text: plainLine(workspace.path, 1_000), isCode: true }]),
    ...(sessionId === null ? [] : [{ name: 'Session', text: plainLine(sessionId), isCode: true }]),
  ];
}
