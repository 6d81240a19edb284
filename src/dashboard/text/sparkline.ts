const LEVELS = '▁▂▃▄▅▆▇█';

/** Values as a row of little bars, the highest of them full; null when all are nothing. */
export function sparkline(values: readonly number[]): string | null {
  const highest = Math.max(0, ...values);
  if (highest <= 0) return null;
  return values
    .map((value) => {
      // Whatever is more than nothing stands out from it.
      const level = value <= 0 ? 0 : Math.max(Math.ceil((value / highest) * (LEVELS.length - 1)), 1);
      return LEVELS[Math.min(level, LEVELS.length - 1)] ?? '';
    })
    .join('');
}
