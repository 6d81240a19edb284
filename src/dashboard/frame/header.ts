import type { Snapshot } from '../../domain/snapshot.js';
import { grouped, secondsUntil, span as spanText } from '../text/format.js';
import { type Line, lineOf, type Span, span, spread, widthOf } from '../text/line.js';
import { rateLimitsLine } from '../text/rate-limits.js';
import { sparkline } from '../text/sparkline.js';
import { plainLine, wrapAtMost } from '../text/text.js';
import { bannerLines } from './banners.js';
import { type FrameInput, toldForMs } from './frame-input.js';
import { hostLines } from './hosts.js';
import { shortened, type TopLine } from './top-line.js';

const LABEL_COLUMNS = 13;
/** From this width on, the header stands in two columns. */
const TWO_COLUMNS = 110;
const GUTTER = 3;
const MAX_LIMIT_LINES = 3;
/** With less than this part of the tracker's requests left, they are worth a look. */
const LOW_BUDGET = 0.1;

/** What the header is made of. */
export type HeaderInput = Pick<FrameInput, 'snapshot' | 'nowMs' | 'columns' | 'links' | 'mode' | 'fault'>;

/** A labelled fact, with how soon it goes when the screen is low. */
interface Entry {
  readonly label: string;
  readonly value: readonly Span[];
  readonly expendable: number;
}

/** The lines above the list, at most so many unless trouble needs more: trouble first, then capacity, spend and tracker. */
export function headerLines(input: HeaderInput, most: number): Line[] {
  const { columns } = input;
  const fixed: TopLine[] = [titleLine(input), ...bannerLines(input)].map((line) => ({
    line,
    expendable: 0,
  }));
  const told = { ...input, nowMs: toldForMs(input) };
  const left = [agents(told), throughput(told), tokens(told), runtime(told)];
  const right = [tracker(told), ...requests(told), ...links(told)];
  const wide = [...rateLimits(told), ...hosts(told)];
  const entries =
    columns >= TWO_COLUMNS
      ? [...inTwoColumns(left, right, columns), ...wide.map((entry) => single(entry, columns))]
      : [...left, ...wide, ...right].map((entry) => single(entry, columns));
  return shortened([...fixed, ...entries], most);
}

function titleLine({ snapshot, columns, mode }: HeaderInput): Line {
  const state = snapshot.mode === 'stopping' ? ' is stopping' : mode === 'attached' ? ' attached' : '';
  const left = [span('╭─ ', 'dim'), span(`SYMPHONY${state}`, 'title')];
  const named = counts(snapshot, (count, name) => `${count} ${name}`, ' · ');
  const fits = widthOf(left) + widthOf(named) + 6 <= columns;
  return spread(
    columns,
    left,
    fits ? named : counts(snapshot, (count, _, sign) => `${sign} ${count}`, '  '),
    '─',
  );
}

/** How many issues stand where; sections without any are left out, and issues that no one is to work on. */
function counts(
  { running, blocked, retrying, parked, waiting }: Snapshot,
  text: (count: string, name: string, sign: string) => string,
  between: string,
): Span[] {
  const parts = [
    { count: blocked.length, name: 'blocked', sign: '?', tone: 'warn' },
    { count: running.length, name: 'running', sign: '●', tone: 'good' },
    { count: retrying.length, name: 'retrying', sign: '↻', tone: 'busy' },
    { count: parked.length, name: 'parked', sign: '■', tone: 'warn' },
    { count: waiting.count, name: 'waiting', sign: '○', tone: 'plain' },
  ] as const;
  return parts
    .filter(({ count }) => count > 0)
    .flatMap(({ count, name, sign, tone }, index) => [
      ...(index === 0 ? [] : [span(between, 'dim')]),
      span(text(grouped(count), name, sign), tone),
    ]);
}

function agents({ snapshot: { running, maxConcurrentAgents } }: HeaderInput): Entry {
  const text = `${running.length}/${maxConcurrentAgents}`;
  return { label: 'Agents', value: [span(text, running.length > 0 ? 'good' : 'plain')], expendable: 0 };
}

function throughput({ snapshot: { throughput: flow } }: HeaderInput): Entry {
  const bars = sparkline(flow.samples);
  const value = [span(`${grouped(flow.tokensPerSecond)} tokens/s`)];
  if (bars !== null) {
    const spanMs = flow.samples.length * flow.sampleMs;
    value.push(span(`  ${bars}`, 'busy'), span(` ${spanText(spanMs).replace(' 0s', '')}`, 'dim'));
  }
  return { label: 'Throughput', value, expendable: 2 };
}

function tokens({ snapshot: { totals } }: HeaderInput): Entry {
  const total = span(grouped(totals.totalTokens));
  const parts = span(`  in ${grouped(totals.inputTokens)}  out ${grouped(totals.outputTokens)}`, 'dim');
  return { label: 'Tokens', value: [total, parts], expendable: 1 };
}

function runtime({ snapshot: { totals, running, generatedAtMs }, nowMs }: HeaderInput): Entry {
  const sinceMs = Math.max(nowMs - generatedAtMs, 0);
  const text = spanText(totals.secondsRunning * 1_000 + running.length * sinceMs);
  return { label: 'Runtime', value: [span(text)], expendable: 4 };
}

function rateLimits({ snapshot, nowMs, columns }: HeaderInput): Entry[] {
  const text = rateLimitsLine(snapshot.rateLimits, nowMs);
  return wrapAtMost(text, columns - 2 - LABEL_COLUMNS, MAX_LIMIT_LINES).map((line, index) => ({
    label: index === 0 ? 'Rate limits' : '',
    value: [span(line)],
    expendable: 3,
  }));
}

function hosts({ snapshot, columns }: HeaderInput): Entry[] {
  return hostLines(snapshot.hosts, columns - 2 - LABEL_COLUMNS).map((value, index) => ({
    label: index === 0 ? 'Hosts' : '',
    value,
    expendable: 2,
  }));
}

function tracker({ snapshot: { polling, trackerKind }, nowMs }: HeaderInput): Entry {
  const read =
    polling.lastSuccessAtMs === null
      ? 'not read yet'
      : `read ${spanText(nowMs - polling.lastSuccessAtMs)} ago`;
  const isPaused = polling.pausedUntilMs !== null && polling.pausedUntilMs > nowMs;
  const next = polling.checking
    ? 'checking now…'
    : polling.pausedUntilMs !== null && isPaused
      ? `throttled for ${secondsUntil(polling.pausedUntilMs, nowMs)}s`
      : polling.nextPollAtMs === null
        ? 'refresh n/a'
        : `refresh in ${secondsUntil(polling.nextPollAtMs, nowMs)}s`;
  const isFailing = polling.failure !== null;
  const value = [
    span(`${plainLine(trackerKind)} `),
    ...(isFailing ? [span('fails', 'bad')] : [span('✓', 'good')]),
    span(`${isFailing ? ', ' : ' '}${read}, `),
    span(next, isPaused ? 'warn' : 'plain'),
  ];
  return { label: 'Tracker', value, expendable: 0 };
}

function requests({ snapshot: { polling } }: HeaderInput): Entry[] {
  const { budget, intervalMs, configuredIntervalMs } = polling;
  const entries: Entry[] = [];
  if (budget !== null) {
    const left = `${grouped(budget.remaining)}/${grouped(budget.limit)} left`;
    const isLow = budget.remaining < budget.limit * LOW_BUDGET;
    const value = [
      span(left, isLow ? 'warn' : 'plain'),
      span(`, ${grouped(budget.requestsPerPoll)} per poll`, 'dim'),
    ];
    entries.push({ label: 'Requests', value, expendable: 5 });
  }
  if (intervalMs > configuredIntervalMs) {
    const slow = `every ${spanText(intervalMs)} instead of ${spanText(configuredIntervalMs)}`;
    entries.push({ label: 'Polling', value: [span(slow, 'warn')], expendable: 3 });
  }
  return entries;
}

function links({ links: { project, dashboardUrl } }: HeaderInput): Entry[] {
  return [
    ...(project === null ? [] : [{ label: 'Project', value: [span(plainLine(project))], expendable: 7 }]),
    ...(dashboardUrl === null
      ? []
      : [{ label: 'Dashboard', value: [span(plainLine(dashboardUrl))], expendable: 6 }]),
  ];
}

function single({ label, value, expendable }: Entry, columns: number): TopLine {
  return { line: lineOf(columns, span('│ ', 'dim'), ...entrySpans(label, value)), expendable };
}

function entrySpans(label: string, value: readonly Span[]): Span[] {
  return [span(label.padEnd(LABEL_COLUMNS), 'dim'), ...value];
}

function inTwoColumns(left: readonly Entry[], right: readonly Entry[], columns: number): TopLine[] {
  const half = Math.floor((columns - 2 - GUTTER) / 2);
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const [one, other] = [left[index], right[index]];
    const start = one === undefined ? [] : lineOf(half, ...entrySpans(one.label, one.value));
    const gap = span(' '.repeat(half + GUTTER - widthOf(start)));
    const end = other === undefined ? [] : entrySpans(other.label, other.value);
    const expendable = Math.min(
      one?.expendable ?? Number.POSITIVE_INFINITY,
      other?.expendable ?? Number.POSITIVE_INFINITY,
    );
    return { line: lineOf(columns, span('│ ', 'dim'), ...start, gap, ...end), expendable };
  });
}
