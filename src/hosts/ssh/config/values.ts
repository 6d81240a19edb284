import { ConfigProblem } from './config-problem.js';
import type { Options } from './options.js';

const SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };
const YES = ['yes', 'true'];
const NO = ['no', 'false'];

/** A yes or no. @throws ConfigProblem */
export function flag(options: Options, keyword: string, fallback: boolean): boolean {
  const directive = options.get(keyword);
  if (directive === null) return fallback;
  const value = (directive.args[0] ?? '').toLowerCase();
  if (YES.includes(value)) return true;
  if (NO.includes(value)) return false;
  throw new ConfigProblem(`${directive.name} is yes or no, not ${value}; correct it`, directive);
}

/** A whole number within bounds. @throws ConfigProblem */
export function wholeNumber(
  options: Options,
  keyword: string,
  { least, most, fallback }: { readonly least: number; readonly most: number; readonly fallback: number },
): number {
  const directive = options.get(keyword);
  if (directive === null) return fallback;
  const [written = ''] = directive.args;
  const value = /^\d+$/.test(written) ? Number(written) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new ConfigProblem(
    `${directive.name} is a number from ${least} to ${most}, not ${written}; correct it`,
    directive,
  );
}

/** A time such as `30` (seconds) or `1m30s`, in milliseconds; null for `none`. @throws ConfigProblem */
export function milliseconds(options: Options, keyword: string): number | null | undefined {
  const directive = options.get(keyword);
  if (directive === null) return undefined;
  const written = (directive.args[0] ?? '').toLowerCase();
  if (written === 'none') return null;
  if (!/^(\d+[smhdw]?)+$/.test(written)) {
    throw new ConfigProblem(
      `${directive.name} is a time such as 30 or 1m30s, not ${written}; correct it`,
      directive,
    );
  }
  const parts = [...written.matchAll(/(\d+)([smhdw]?)/g)];
  const seconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (SECONDS[unit ?? ''] ?? 1), 0);
  return Math.min(seconds * 1_000, MAX_MS);
}

/** Timers of this platform hold no more. */
const MAX_MS = 2_147_483_647;
