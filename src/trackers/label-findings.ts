import { type Finding, ok, warning } from '../domain/finding.js';
import { nearest } from '../domain/spelling.js';

const NAME = 'required labels';

/** Which labels a tracker has. */
export interface KnownLabels {
  /** Trimmed and lower-cased, as required ones are. */
  readonly labels: readonly string[];
  /** Who has them, such as `the board`. */
  readonly where: string;
}

/** Whether issues can have all of the labels that are required of them; nothing to say where none is. */
export function labelFindings(required: readonly string[], { labels, where }: KnownLabels): Finding[] {
  if (required.length === 0) return [];
  if (required.includes('')) {
    const detail = 'one of them is blank, which no label is, so no issue is ever worked on';
    return [warning(NAME, detail, 'remove the blank entry of tracker.required_labels')];
  }
  const missing = required.filter((label) => !labels.includes(label));
  if (missing.length === 0) return [ok(NAME, `${where} has ${quoted(required)}`)];
  return missing.map((label) => {
    const meant = nearest(label, labels);
    const mend = meant === null ? 'make the label, or correct' : `write "${meant}" in`;
    return warning(NAME, `${where} has no label "${label}"`, `${mend} tracker.required_labels`);
  });
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
