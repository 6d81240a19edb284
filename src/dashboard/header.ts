import type { Problem, Snapshot } from '../domain/snapshot.js';
import { grouped, rateLimitsLine, secondsUntil, span as spanText } from './format.js';
import { type Line, lineOf, span, type Tone } from './line.js';
import { plainLine } from './text.js';

const LABEL_COLUMNS = 13;

/** Addresses an operator may want to open. */
export interface Links {
  readonly dashboardUrl: string | null;
  readonly project: string | null;
}

/** What the header is made of. */
export interface HeaderInput {
  readonly snapshot: Snapshot;
  readonly nowMs: number;
  readonly columns: number;
  readonly tokensPerSecond: number;
  readonly links: Links;
}

/** A line of the header and how soon it goes when the screen is low; 0 stays. */
export interface HeaderLine {
  readonly line: Line;
  readonly expendable: number;
}

/** The lines above the tables: trouble first, then capacity, spend, limits and the tracker. */
export function headerLines({ snapshot, nowMs, columns, tokensPerSecond, links }: HeaderInput): HeaderLine[] {
  const { totals, running, accountLimit, workflowProblem } = snapshot;
  const entry = (label: string, text: string, tone: Tone = 'plain', expendable = 0): HeaderLine => ({
    line: lineOf(columns, span('│ ', 'dim'), span(label.padEnd(LABEL_COLUMNS), 'dim'), span(text, tone)),
    expendable,
  });
  const title = snapshot.mode === 'stopping' ? 'SYMPHONY is stopping' : 'SYMPHONY';
  const seconds =
    totals.secondsRunning + (running.length * Math.max(nowMs - snapshot.generatedAtMs, 0)) / 1_000;
  const tracker = trackerText(snapshot, nowMs);
  return [
    { line: lineOf(columns, span('╭─ ', 'dim'), span(title, 'title')), expendable: 0 },
    ...banner(columns, 'WORKFLOW.md is invalid, nothing new starts', workflowProblem),
    ...(accountLimit === null
      ? []
      : [
          entry(
            'Limit',
            `${plainLine(accountLimit.reason)}, nothing new for ${spanText(accountLimit.untilMs - nowMs)}`,
            'bad',
          ),
        ]),
    entry(
      'Agents',
      `${running.length}/${snapshot.maxConcurrentAgents}`,
      running.length > 0 ? 'good' : 'plain',
    ),
    entry('Throughput', `${grouped(tokensPerSecond)} tokens/s`, 'plain', 2),
    entry('Runtime', spanText(seconds * 1_000), 'plain', 4),
    entry(
      'Tokens',
      `in ${grouped(totals.inputTokens)} | out ${grouped(totals.outputTokens)} | total ${grouped(totals.totalTokens)}`,
      'plain',
      1,
    ),
    entry('Rate limits', rateLimitsLine(snapshot.rateLimits, nowMs), 'plain', 3),
    entry('Tracker', tracker.text, tracker.tone),
    ...(links.project === null ? [] : [entry('Project', plainLine(links.project), 'plain', 6)]),
    ...(links.dashboardUrl === null ? [] : [entry('Dashboard', plainLine(links.dashboardUrl), 'plain', 5)]),
  ];
}

function banner(columns: number, what: string, problem: Problem | null): HeaderLine[] {
  if (problem === null) return [];
  const line = lineOf(columns, span('│ ', 'dim'), span(`! ${what}: ${plainLine(problem.message)}`, 'bad'));
  return [{ line, expendable: 0 }];
}

function trackerText({ polling, trackerKind }: Snapshot, nowMs: number): { text: string; tone: Tone } {
  const next = polling.checking
    ? 'checking now…'
    : polling.pausedUntilMs !== null && polling.pausedUntilMs > nowMs
      ? `throttled, paused for ${secondsUntil(polling.pausedUntilMs, nowMs)}s`
      : polling.nextPollAtMs === null
        ? 'next refresh n/a'
        : `next refresh in ${secondsUntil(polling.nextPollAtMs, nowMs)}s`;
  const kind = plainLine(trackerKind);
  if (polling.failure === null) return { text: `${kind}, ${next}`, tone: 'plain' };
  const success =
    polling.lastSuccessAtMs === null
      ? 'never reached'
      : `last reached ${spanText(nowMs - polling.lastSuccessAtMs)} ago`;
  const text = `${kind} FAILS, ${success}, ${next}: ${plainLine(polling.failure.message)}`;
  return { text, tone: 'bad' };
}
