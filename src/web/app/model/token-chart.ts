import type { TokensAt } from '../daemon/wire.js';
import { clockTime, compact, grouped, span } from './format.js';

/** A line over time, in the units of its picture. */
export interface TokenChart {
  readonly width: number;
  readonly height: number;
  /** Of the line, and of the area under it. */
  readonly line: string;
  readonly area: string;
  readonly rows: readonly { readonly y: number; readonly label: string }[];
  readonly columns: readonly {
    readonly x: number;
    readonly label: string;
    readonly anchor: 'start' | 'middle' | 'end';
  }[];
  readonly label: string;
}

/** About the size at which it is shown, so that its letters are about as large as those around it. */
const WIDTH = 380;
const HEIGHT = 150;
const LEFT = 44;
const TOP = 10;
const BOTTOM = 24;
const RIGHT = 8;

/** Tokens used over time as a picture; null with less than two points in time, which make no line. */
export function tokenChart(points: readonly TokensAt[], nowMs: number): TokenChart | null {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || first.at === last.at) return null;
  const fromMs = Date.parse(first.at);
  const spanMs = Date.parse(last.at) - fromMs;
  const top = roundUp(Math.max(...points.map(({ total_tokens }) => total_tokens), 1));
  const x = (at: string): number =>
    round(LEFT + ((Date.parse(at) - fromMs) / spanMs) * (WIDTH - LEFT - RIGHT));
  const y = (tokens: number): number => round(HEIGHT - BOTTOM - (tokens / top) * (HEIGHT - TOP - BOTTOM));
  const line = points
    .map(({ at, total_tokens }, index) => `${index === 0 ? 'M' : 'L'}${x(at)} ${y(total_tokens)}`)
    .join('');
  const middle = new Date(fromMs + spanMs / 2).toISOString();
  return {
    width: WIDTH,
    height: HEIGHT,
    line,
    area: `${line}L${x(last.at)} ${y(0)}L${x(first.at)} ${y(0)}Z`,
    rows: [0, top / 2, top].map((tokens) => ({ y: y(tokens), label: compact(tokens) })),
    columns: [
      { x: x(first.at), label: clockTime(first.at, nowMs), anchor: 'start' },
      { x: x(middle), label: clockTime(middle, nowMs), anchor: 'middle' },
      { x: x(last.at), label: clockTime(last.at, nowMs), anchor: 'end' },
    ],
    label: `Tokens used over ${span(spanMs)}: from ${grouped(first.total_tokens)} to ${grouped(last.total_tokens)}`,
  };
}

/** The next of a few steps times a power of ten, so that the middle of the scale is a plain number, too. */
function roundUp(count: number): number {
  const power = 10 ** Math.floor(Math.log10(count));
  return power * ([1, 2, 3, 4, 6, 8, 10].find((step) => step * power >= count) ?? 10);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
