import type { Sparkline } from '../model/sparkline.js';
import type { TokenChart } from '../model/token-chart.js';
import { s, setAttribute } from './element.js';

/** A sparkline whose bars are changed in place. */
export class SparklinePicture {
  readonly element = s('svg', { role: 'img', class: 'sparkline', preserveAspectRatio: 'none' });
  readonly #bars: SVGRectElement[] = [];

  update({ width, height, bars, barWidth, label }: Sparkline): void {
    setAttribute(this.element, 'viewBox', `0 0 ${width} ${height}`);
    setAttribute(this.element, 'aria-label', label);
    while (this.#bars.length > bars.length) this.#bars.pop()?.remove();
    bars.forEach((bar, index) => {
      const rect = this.#bars[index] ?? this.#addBar();
      setAttribute(rect, 'x', bar.x);
      setAttribute(rect, 'y', bar.y);
      setAttribute(rect, 'width', barWidth);
      setAttribute(rect, 'height', bar.height);
    });
  }

  #addBar(): SVGRectElement {
    const bar = s('rect');
    this.#bars.push(bar);
    this.element.append(bar);
    return bar;
  }
}

/** Draws tokens over time. */
export function drawTokenChart(chart: TokenChart): SVGSVGElement {
  const { width, height, line, area, rows, columns, label } = chart;
  const [{ x: left } = { x: 0 }] = columns;
  const right = columns.at(-1)?.x ?? width;
  return s(
    'svg',
    { role: 'img', class: 'chart', viewBox: `0 0 ${width} ${height}`, 'aria-label': label },
    ...rows.flatMap((row) => [
      s('line', { class: 'grid', x1: left, x2: right, y1: row.y, y2: row.y }),
      s('text', { x: left - 6, y: row.y + 4, 'text-anchor': 'end' }, row.label),
    ]),
    ...columns.map(({ x, label: text, anchor }) =>
      s('text', { x, y: height - 6, 'text-anchor': anchor }, text),
    ),
    s('path', { class: 'area', d: area }),
    s('path', { class: 'line', d: line, fill: 'none' }),
  );
}

/** A bar of parts, each as long as its share. */
export function drawShares(
  parts: readonly { readonly share: number; readonly name: string }[],
): SVGSVGElement {
  const total = Math.max(
    parts.reduce((sum, { share }) => sum + share, 0),
    1,
  );
  let x = 0;
  const bars = parts.map(({ share, name }) => {
    const width = (share / total) * 100;
    const bar = s('rect', { x, y: 0, width, height: 6, class: `part ${name}` });
    x += width;
    return bar;
  });
  // The same is told in words beside it.
  return s(
    'svg',
    { class: 'shares', viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    ...bars,
  );
}
