import type { State } from '../core/state.js';
import { type LogLine, logLine, spanWords } from './log-line.js';

/** Tells which hosts a step has found out of reach, still so, or back; what connects to them is no news. */
export function hostLines(before: State, after: State, atMs: number): LogLine[] {
  if (before.hosts === after.hosts) return [];
  return [...after.hosts].flatMap(([host, { down }]): LogLine[] => {
    const known = before.hosts.get(host)?.down ?? null;
    if (down === null) {
      return known === null ? [] : [logLine('info', 'host back', `host ${host} answers again`, { host })];
    }
    if (known?.retryAtMs === down.retryAtMs) return [];
    const delayMs = down.retryAtMs - atMs;
    const fields = { host, reason: down.reason, delay_ms: delayMs };
    const next = `tried again in ${spanWords(delayMs)}: ${down.reason}`;
    return known === null
      ? [logLine('warn', 'host down', `host ${host} is not used for now, ${next}`, fields)]
      : [logLine('info', 'host still down', `host ${host} does not answer, ${next}`, fields)];
  });
}
