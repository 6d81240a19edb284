import type { StateResponse } from '../daemon/wire.js';
import { drawShares, SparklinePicture } from '../dom/chart.js';
import { h, setAttribute, setChildren, setText } from '../dom/element.js';
import { grouped, span } from '../model/format.js';
import { limitsOf } from '../model/rate-limits.js';
import { sparkline } from '../model/sparkline.js';
import { plainLine } from '../model/text.js';
import { type Tone, trackerHealth } from '../model/tracker-health.js';

/** The figures of the whole daemon. */
export class Figures {
  readonly element: HTMLElement;
  readonly #agents = new Figure('Agents');
  readonly #throughput = new Figure('Throughput');
  readonly #tokens = new Figure('Tokens');
  readonly #runtime = new Figure('Agent time');
  readonly #tracker = new Figure('Tracker');
  readonly #limits = new Figure('Rate limits');
  readonly #spark = new SparklinePicture();
  #limitsKey = '';

  constructor() {
    this.#throughput.picture([this.#spark.element]);
    this.element = h(
      'dl',
      { class: 'figures' },
      ...[this.#agents, this.#throughput, this.#tokens, this.#runtime, this.#tracker, this.#limits].map(
        ({ element }) => element,
      ),
    );
  }

  update(state: StateResponse, nowMs: number): void {
    const { counts, codex_totals: totals, throughput } = state;
    this.#agents.show(`${grouped(counts.running)} / ${grouped(state.max_concurrent_agents)}`, [
      `${grouped(counts.retrying)} retrying`,
      `${grouped(counts.blocked)} blocked`,
      `${grouped(counts.parked)} set aside`,
      `${grouped(state.waiting.count)} waiting`,
    ]);
    this.#throughput.show(`${grouped(throughput.tokens_per_second)} tok/s`, []);
    this.#spark.update(sparkline(throughput));
    this.#tokens.show(grouped(totals.total_tokens), [
      `${grouped(totals.input_tokens)} in`,
      `${grouped(totals.output_tokens)} out`,
    ]);
    this.#runtime.show(span(totals.seconds_running * 1_000), [
      `daemon up ${span(nowMs - Date.parse(state.started_at))}`,
    ]);
    const health = trackerHealth(state, nowMs);
    this.#tracker.show(health.word, [plainLine(state.tracker_kind, 40), ...health.details], health.tone);
    this.#showLimits(state, nowMs);
  }

  #showLimits({ rate_limits }: StateResponse, nowMs: number): void {
    const limits = limitsOf(rate_limits, nowMs);
    const highest = Math.max(...limits.map(({ usedPercent }) => usedPercent ?? 0));
    const used = limits.some(({ usedPercent }) => usedPercent !== null);
    this.#limits.show(
      limits.length === 0 ? 'unknown' : used ? `${Math.round(highest)}% used` : (limits[0]?.text ?? ''),
      limits.map(({ name, text }) => `${name}: ${text}`),
      highest >= 100 ? 'error' : highest >= 80 ? 'warning' : 'quiet',
    );
    const key = limits.map(({ usedPercent }) => usedPercent).join();
    if (key === this.#limitsKey) return;
    this.#limitsKey = key;
    const meters = limits.flatMap(({ usedPercent }) =>
      usedPercent === null
        ? []
        : [
            drawShares([
              { share: usedPercent, name: usedPercent >= 80 ? 'high' : 'used' },
              { share: 100 - usedPercent, name: 'left' },
            ]),
          ],
    );
    this.#limits.picture(meters);
  }
}

/** A name, a value in large type, and what belongs to it in small type. */
class Figure {
  readonly element: HTMLElement;
  readonly #value = h('dd', { class: 'value' });
  readonly #details = h('dd', { class: 'details' });
  #picture: HTMLElement | null = null;

  constructor(name: string) {
    this.element = h('div', { class: 'figure' }, h('dt', {}, name), this.#value, this.#details);
  }

  show(value: string, details: readonly string[], tone: Tone = 'quiet'): void {
    setText(this.#value, value);
    setAttribute(this.#value, 'class', `value tone-${tone}`);
    if (this.#details.children.length !== details.length)
      setChildren(this.#details, ...details.map(() => h('span')));
    details.forEach((detail, index) => {
      const line = this.#details.children[index];
      if (line !== undefined) setText(line, detail);
    });
  }

  picture(parts: readonly Element[]): void {
    if (this.#picture === null) {
      this.#picture = h('dd', { class: 'picture' });
      this.#value.after(this.#picture);
    }
    this.#picture.replaceChildren(...parts);
  }
}
