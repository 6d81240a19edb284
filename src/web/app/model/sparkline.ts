import type { StateResponse } from '../daemon/wire.js';
import { grouped, span } from './format.js';

/** The bars of a sparkline, in its own units. */
export interface Sparkline {
  readonly width: number;
  readonly height: number;
  readonly bars: readonly { readonly x: number; readonly y: number; readonly height: number }[];
  readonly barWidth: number;
  /** The same in words. */
  readonly label: string;
}

const BAR = 4;
const GAP = 1;
const HEIGHT = 28;

/** Throughput over the last minutes. */
export function sparkline({ tokens_per_second, samples, sample_ms }: StateResponse['throughput']): Sparkline {
  const highest = Math.max(...samples, 1);
  const bars = samples.map((sample, index) => {
    const height = sample === 0 ? 1 : Math.max(Math.round((sample / highest) * HEIGHT), 2);
    return { x: index * (BAR + GAP), y: HEIGHT - height, height };
  });
  const most = samples.length === 0 ? 0 : Math.max(...samples);
  return {
    width: Math.max(samples.length * (BAR + GAP) - GAP, 1),
    height: HEIGHT,
    bars,
    barWidth: BAR,
    label: `Tokens per second over the last ${span(samples.length * sample_ms)}: now ${grouped(tokens_per_second)}, at most ${grouped(most)}`,
  };
}
