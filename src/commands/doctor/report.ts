import { withoutEscapes } from '../../domain/escape-sequences.js';
import type { Finding, Verdict } from '../../domain/finding.js';

const LABELS: Readonly<Record<Verdict, string>> = {
  ok: 'OK',
  warning: 'warning',
  problem: 'PROBLEM',
  skipped: 'skipped',
};
const LABEL_WIDTH = Math.max(...Object.values(LABELS).map((label) => label.length));

/** Control characters, line separators, and marks that reorder or hide text: names come from trackers and programs. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gu;

/** A line for each finding, with its mend below it, and how many need somebody. */
export function textReport(findings: readonly Finding[]): string {
  const nameWidth = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, verdict, detail, mend }) => {
    const label = LABELS[verdict].padEnd(LABEL_WIDTH);
    const line = `${label}  ${name.padEnd(nameWidth)}  ${oneLine(detail)}`;
    return mend === null ? [line] : [line, `${' '.repeat(LABEL_WIDTH + nameWidth + 4)}-> ${oneLine(mend)}`];
  });
  return `${[...lines, '', verdictOf(findings)].join('\n')}\n`;
}

/** The same for programs. */
export function jsonReport(findings: readonly Finding[]): string {
  return `${JSON.stringify(findings, null, 2)}\n`;
}

function verdictOf(findings: readonly Finding[]): string {
  const count = (wanted: Verdict): number => findings.filter(({ verdict }) => verdict === wanted).length;
  const counts = [counted(count('problem'), 'problem'), counted(count('warning'), 'warning')];
  const unseen = count('skipped');
  return [...counts, ...(unseen === 0 ? [] : [`${unseen} skipped`])].join(', ');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function oneLine(text: string): string {
  return withoutEscapes(text).replace(UNPRINTABLE, ' ').replace(/\s+/gu, ' ').trim();
}
