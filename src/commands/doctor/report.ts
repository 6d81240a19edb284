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

/** The longest name of what is looked at on one machine; longer ones only push their own line. */
const LONGEST_NAME = 'required labels'.length;

/** As wide as the names of findings get, known before there is one; those of a worker begin with its name. */
export function nameWidth(workers: readonly string[]): number {
  return Math.max(LONGEST_NAME, ...workers.map((worker) => worker.length + 1 + LONGEST_NAME));
}

/** A line for each finding, with its mend below it. */
export function textLines(findings: readonly Finding[], width: number): string {
  return findings
    .map(({ name, verdict, detail, mend }) => {
      const line = `${LABELS[verdict].padEnd(LABEL_WIDTH)}  ${name.padEnd(width)}  ${oneLine(detail)}\n`;
      return mend === null ? line : `${line}${' '.repeat(LABEL_WIDTH + width + 4)}-> ${oneLine(mend)}\n`;
    })
    .join('');
}

/** How many need somebody; the end of what `textLines` begins. */
export function textVerdict(findings: readonly Finding[]): string {
  return `\n${verdictOf(findings)}\n`;
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
