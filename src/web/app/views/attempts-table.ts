import type { AttemptResponse } from '../daemon/wire.js';
import { drawShares } from '../dom/chart.js';
import { h, setAttribute, setChildren, setText } from '../dom/element.js';
import { type TableSection, tableSection } from '../dom/table.js';
import { attemptDuration, outcomeOf, phaseSpans } from '../model/attempts.js';
import { attemptName, clockTime, grouped } from '../model/format.js';
import { hostName } from '../model/rows.js';
import { plainLine } from '../model/text.js';
import type { Timed } from './overview-tables.js';

/** The run attempts of an issue with their outcomes. */
export function attemptsTable(): TableSection<Timed<AttemptResponse>> {
  return tableSection<Timed<AttemptResponse>>({
    id: 'attempts',
    title: 'Attempts',
    empty: 'No run has begun since the daemon started.',
    columns: [
      { title: 'Attempt' },
      { title: 'Started (UTC)', kind: 'medium' },
      { title: 'Took', kind: 'number' },
      { title: 'Outcome', kind: 'wide' },
      { title: 'Turns', kind: 'number' },
      { title: 'Tokens', kind: 'number' },
      { title: 'Where', kind: 'wide' },
      { title: 'Phases', kind: 'wide' },
    ],
    key: ({ row }) => String(row.run_id),
    create: ({ row, nowMs }) => attemptRow(row, nowMs),
  });
}

function attemptRow(row: AttemptResponse, nowMs: number) {
  const [took, turns, tokens] = [h('span'), h('span'), h('span')];
  const outcome = h('strong');
  const detail = h('span', { dir: 'auto', class: 'note' });
  const where = h('span', { class: 'said' });
  const phases = h('span', { class: 'phases' });
  return {
    cells: [
      h('span', {}, attemptName(row.attempt)),
      h('time', { datetime: row.started_at }, clockTime(row.started_at, nowMs)),
      took,
      h('span', { class: 'said' }, outcome, ' ', detail),
      turns,
      tokens,
      where,
      phases,
    ],
    update: ({ row: latest, nowMs: latestMs }: Timed<AttemptResponse>) => {
      const { name, tone } = outcomeOf(latest.outcome);
      setText(took, attemptDuration(latest, latestMs));
      setText(turns, grouped(latest.turn_count));
      setText(tokens, grouped(latest.tokens.total_tokens));
      setText(outcome, name);
      setAttribute(outcome, 'class', `tone-${tone}`);
      setText(detail, latest.detail === null ? '' : plainLine(latest.detail, 600));
      setText(where, whereOf(latest));
      showPhases(phases, latest, latestMs);
    },
  };
}

function whereOf({ worker_host, session_id }: AttemptResponse): string {
  const host = hostName(worker_host);
  return session_id === null ? host : `${host}, session ${plainLine(session_id, 80)}`;
}

function showPhases(element: HTMLElement, attempt: AttemptResponse, nowMs: number): void {
  const spans = phaseSpans(attempt, nowMs);
  const text = spans.map(({ name, duration }) => `${name} ${duration}`).join(', ');
  if (element.dataset['text'] === text) return;
  element.dataset['text'] = text;
  const bar = drawShares(spans.map(({ phase, durationMs }) => ({ share: durationMs, name: phase })));
  setChildren(element, bar, h('span', { class: 'note' }, text));
}
