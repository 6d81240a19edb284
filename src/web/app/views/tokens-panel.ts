import type { TokensAt } from '../daemon/wire.js';
import { drawTokenChart } from '../dom/chart.js';
import { h, setChildren, setShown } from '../dom/element.js';
import { clockTime, grouped } from '../model/format.js';
import { tokenChart } from '../model/token-chart.js';

/** Rows of the table that says the same as the picture. */
const MOST_ROWS = 50;

/** What all attempts of an issue have used over time, as a picture and as a table. */
export class TokensPanel {
  readonly element: HTMLElement;
  readonly #picture = h('div', { class: 'picture' });
  readonly #rows = h('tbody');
  #key = '';

  constructor() {
    this.element = h(
      'section',
      { class: 'panel tokens', 'aria-labelledby': 'tokens' },
      h('h2', { id: 'tokens' }, 'Tokens over time'),
      this.#picture,
      h(
        'details',
        { class: 'json' },
        h('summary', {}, 'The same as a table'),
        h(
          'table',
          { class: 'plain' },
          h(
            'thead',
            {},
            h('tr', {}, h('th', { scope: 'col' }, 'Time (UTC)'), h('th', { scope: 'col' }, 'Tokens')),
          ),
          this.#rows,
        ),
      ),
    );
  }

  update(points: readonly TokensAt[], nowMs: number): void {
    const chart = tokenChart(points, nowMs);
    setShown(this.element, chart !== null);
    if (chart === null || chart.line === this.#key) return;
    this.#key = chart.line;
    setChildren(this.#picture, drawTokenChart(chart));
    this.#rows.replaceChildren(
      ...thinned(points).map(({ at, total_tokens }) =>
        h(
          'tr',
          {},
          h('td', {}, h('time', { datetime: at }, clockTime(at, nowMs))),
          h('td', { class: 'number' }, grouped(total_tokens)),
        ),
      ),
    );
  }
}

/** Every so manieth point, and always the last one. */
function thinned(points: readonly TokensAt[]): readonly TokensAt[] {
  const step = Math.ceil(points.length / MOST_ROWS);
  return points.filter((_point, index) => index % step === 0 || index === points.length - 1);
}
