import type { AgentEventName } from '../../domain/session.js';
import type { ParkedRow, RetryingRow, RunningRow } from '../../domain/snapshot.js';
import type { ClaimedRow, ListRow } from '../keys/list-rows.js';
import { grouped, secondsUntil, shortSession, span as spanText } from '../text/format.js';
import { highlighted, type Line, lineOf, type Span, span, type Tone } from '../text/line.js';
import { column, plainLine } from '../text/text.js';
import { questionLines } from './question-lines.js';
import { hostOf, type RowLayout, wordStart } from './row-layout.js';

const SIGNS: { readonly [section in ClaimedRow['section']]: readonly [string, Tone] } = {
  blocked: ['?', 'warn'],
  running: ['●', 'good'],
  retrying: ['↻', 'busy'],
  parked: ['■', 'warn'],
};

/** The names of the columns of running issues. */
export function runningHead(layout: RowLayout): Line {
  const cells = [
    cell('ID', layout.id),
    cell('HOST', layout.host),
    cell('STAGE', layout.stage),
    cell('AGE / TURN', layout.when),
    cell('TOKENS', layout.tokens, 'right'),
    cell('PID', layout.processId, 'right'),
    cell('SESSION', layout.session),
    cell('TITLE', layout.title),
  ];
  return lineOf(layout.columns, span('│   ', 'dim'), span(`${cells.join('')}EVENT`, 'dim'));
}

/** An issue in one line, or in more where words are too long for it; the selected one stands out over all of the screen. */
export function rowLines(row: ClaimedRow, layout: RowLayout, nowMs: number, isSelected: boolean): Line[] {
  const [sign, tone] = SIGNS[row.section];
  const isStopping = row.section === 'running' && row.row.stopping !== null;
  const [words = [], ...more] =
    row.section === 'blocked' ? questionLines(row.row.question, layout.words) : [];
  const lead = [
    // Where a terminal has no styles, this alone tells which one is selected.
    span(isSelected ? '❯ ' : '│ ', 'dim'),
    span(`${sign} `, isStopping ? 'warn' : tone),
    span(cell(plainLine(row.row.identifier), layout.id), row.section === 'blocked' ? 'title' : 'plain'),
    span(cell(hostOf(row) ?? '-', layout.host), 'dim'),
    ...restOf(row, layout, nowMs),
  ];
  const indent = ' '.repeat(Math.max(wordStart(layout) - 2, 0));
  const lines = [
    lineOf(layout.columns, ...lead, ...words),
    ...more.map((line) => lineOf(layout.columns, span('│ ', 'dim'), span(indent), ...line)),
  ];
  return isSelected ? lines.map((line) => highlighted(layout.columns, line)) : lines;
}

/** How many lines an issue takes. */
export function lineCount(row: ListRow, layout: RowLayout): number {
  return row.section === 'blocked' ? questionLines(row.row.question, layout.words).length : 1;
}

function restOf(row: ClaimedRow, layout: RowLayout, nowMs: number): Span[] {
  switch (row.section) {
    case 'running':
      return running(row.row, layout, nowMs);
    case 'blocked':
      return waiting(row.row, layout, `${spanText(nowMs - row.row.blockedAtMs)} ago`);
    case 'retrying':
      return retrying(row.row, layout, nowMs);
    case 'parked':
      return parked(row.row, layout, nowMs);
  }
}

function running(row: RunningRow, layout: RowLayout, nowMs: number): Span[] {
  const age = `${spanText(nowMs - row.startedAtMs)} / ${row.turnCount}`;
  const { text, tone } = eventOf(row);
  return [
    span(
      [
        cell(plainLine(row.state), layout.stage),
        cell(age, layout.when),
        cell(grouped(row.usage.totalTokens), layout.tokens, 'right'),
      ].join(''),
    ),
    span(
      [
        cell(row.processId?.toString() ?? '-', layout.processId, 'right'),
        cell(plainLine(shortSession(row.sessionId)), layout.session),
      ].join(''),
      'dim',
    ),
    span(cell(plainLine(row.title), layout.title)),
    span(text, tone),
  ];
}

function retrying(row: RetryingRow, layout: RowLayout, nowMs: number): Span[] {
  const seconds = secondsUntil(row.dueAtMs, nowMs);
  const due = seconds === 0 ? 'due' : `in ${spanText(seconds * 1_000)}`;
  return [
    ...waiting(row, layout, due),
    span(`attempt ${row.attempt}  `, 'dim'),
    span(row.error === null ? 'goes on' : plainLine(row.error)),
  ];
}

function parked(row: ParkedRow, layout: RowLayout, nowMs: number): Span[] {
  const until = row.untilMs === null ? 'on hold' : `for ${spanText(row.untilMs - nowMs)}`;
  return [...waiting(row, layout, until), span(plainLine(row.reason))];
}

/** What the sections of issues that wait have in common. */
function waiting(row: { readonly state: string }, layout: RowLayout, when: string): Span[] {
  return [span(cell(plainLine(row.state), layout.waitingStage) + cell(when, layout.when))];
}

/** A cell with the blank that follows it; nothing at all for a column that is not shown. */
function cell(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  return columns === 0 ? '' : `${column(text, columns, align)} `;
}

/** What a running issue last did, in words. */
export function eventOf(row: RunningRow): { readonly text: string; readonly tone: Tone } {
  if (row.stopping !== null) return { text: `stopping (${row.stopping})`, tone: 'warn' };
  if (row.lastEvent === null) return { text: PHASES[row.phase], tone: 'dim' };
  const text = plainLine(row.lastMessage ?? row.lastEvent.replaceAll('_', ' '));
  return { text, tone: TONES[row.lastEvent] };
}

const PHASES: { readonly [phase in RunningRow['phase']]: string } = {
  preparingWorkspace: 'preparing the workspace',
  buildingPrompt: 'building the prompt',
  launchingAgent: 'launching the agent',
  streamingTurn: 'waiting for the first event',
  finishing: 'finishing',
};

const TONES: { readonly [event in AgentEventName]: Tone } = {
  session_started: 'good',
  startup_failed: 'bad',
  turn_completed: 'good',
  turn_failed: 'bad',
  turn_cancelled: 'bad',
  turn_ended_with_error: 'bad',
  turn_input_required: 'warn',
  approval_auto_approved: 'busy',
  tool_call_completed: 'busy',
  tool_call_failed: 'warn',
  unsupported_tool_call: 'warn',
  notification: 'plain',
  other_message: 'plain',
  malformed: 'warn',
};
