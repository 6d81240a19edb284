import type { AgentEventName } from '../domain/session.js';
import type { RunningRow } from '../domain/snapshot.js';
import { grouped, shortSession, span as spanText } from './format.js';
import { type Line, lineOf, span, type Tone } from './line.js';
import { column, plainLine, width } from './text.js';

const MIN_EVENT_COLUMNS = 10;
const MIN_ID_COLUMNS = 8;
const MAX_ID_COLUMNS = 16;
const MARGIN_COLUMNS = 4;

interface Column {
  readonly name: string;
  readonly columns: number;
  readonly align?: 'right';
  readonly text: (row: RunningRow, nowMs: number) => string;
}

const STAGE: Column = { name: 'STAGE', columns: 14, text: (row) => row.state };
const AGE: Column = {
  name: 'AGE / TURN',
  columns: 12,
  text: (row, nowMs) => `${spanText(nowMs - row.startedAtMs)} / ${row.turnCount}`,
};
const TOKENS: Column = {
  name: 'TOKENS',
  columns: 10,
  align: 'right',
  text: (row) => grouped(row.usage.totalTokens),
};
const PID: Column = { name: 'PID', columns: 8, text: (row) => row.processId?.toString() ?? '-' };
const SESSION: Column = { name: 'SESSION', columns: 14, text: (row) => shortSession(row.sessionId) };

/** The head and the rows of the running table, by identifier; narrow screens lose session, then pid, then width. */
export function runningTable(
  rows: readonly RunningRow[],
  nowMs: number,
  columns: number,
): { readonly head: Line; readonly rows: Line[] } {
  const id = idColumn(rows);
  const chosen = choose(id, columns);
  const eventColumns = Math.max(columns - MARGIN_COLUMNS - widthOf(chosen), 0);
  const head = [
    ...chosen.map((one) => column(one.name, one.columns, one.align)),
    fitEvent('EVENT', eventColumns),
  ];
  return {
    head: lineOf(columns, span('│   ', 'dim'), span(head.join(' '), 'dim')),
    rows: [...rows].sort(byIdentifier).map((row) => {
      const cells = chosen.map((one) => column(plainLine(one.text(row, nowMs)), one.columns, one.align));
      const { text, tone } = eventOf(row);
      return lineOf(
        columns,
        span('│ ', 'dim'),
        span('● ', row.stopping === null ? 'good' : 'warn'),
        span(`${cells.join(' ')} `),
        span(fitEvent(text, eventColumns), tone),
      );
    }),
  };
}

/** Identifiers in the order people count: MT-9 before MT-10, whatever the machine's language. */
export function byIdentifier(a: { identifier: string }, b: { identifier: string }): number {
  return identifierOrder.compare(a.identifier, b.identifier);
}

const identifierOrder = new Intl.Collator('en', { numeric: true });

function idColumn(rows: readonly RunningRow[]): Column {
  const widest = Math.max(MIN_ID_COLUMNS, ...rows.map((row) => width(plainLine(row.identifier))));
  return { name: 'ID', columns: Math.min(widest, MAX_ID_COLUMNS), text: (row) => row.identifier };
}

function choose(id: Column, columns: number): readonly Column[] {
  const shortId = { ...id, columns: MIN_ID_COLUMNS };
  const shortStage = { ...STAGE, columns: 11 };
  const choices = [
    [id, STAGE, PID, AGE, TOKENS, SESSION],
    [shortId, STAGE, PID, AGE, TOKENS, SESSION],
    [id, STAGE, PID, AGE, TOKENS],
    [id, STAGE, AGE, TOKENS],
    [shortId, shortStage, AGE, TOKENS],
  ];
  const fitting = choices.find((choice) => columns - MARGIN_COLUMNS - widthOf(choice) >= MIN_EVENT_COLUMNS);
  return fitting ?? [shortId, shortStage, AGE];
}

function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, one) => sum + one.columns + 1, 0);
}

function fitEvent(text: string, columns: number): string {
  return column(text, columns).trimEnd();
}

function eventOf(row: RunningRow): { readonly text: string; readonly tone: Tone } {
  if (row.stopping !== null) return { text: `stopping (${row.stopping})`, tone: 'warn' };
  if (row.lastEvent === null) return { text: PHASES[row.phase], tone: 'dim' };
  return {
    text: plainLine(row.lastMessage ?? row.lastEvent.replaceAll('_', ' ')),
    tone: TONES[row.lastEvent],
  };
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
  notification: 'busy',
  other_message: 'plain',
  malformed: 'warn',
};
