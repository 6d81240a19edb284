import type { WorkflowWarning } from '../domain/workflow.js';
import type { Inspection } from '../workflow/load.js';
import { effectiveSettings, type HiddenValues } from './effective-settings.js';

/**
 * What `symphony validate` prints: the settings in force, then the findings, each on a line that editors understand,
 * errors first, and the verdict. What needs a person stands at the end, where a terminal shows it.
 */
export function validationReport(
  { path, errors, warnings, settings }: Inspection,
  hidden: HiddenValues,
): string {
  const counts = [counted(errors.length, 'error'), counted(warnings.length, 'warning')].join(', ');
  const verdict = `${path} is ${errors.length === 0 ? 'valid' : 'not valid'}: ${counts}`;
  const shown = settings === null ? [] : ['# In force', effectiveSettings(settings, hidden).trimEnd(), ''];
  const findings = aligned([
    ...inFileOrder(errors).map((finding) => told(path, 'error', finding)),
    ...inFileOrder(warnings).map((finding) => told(path, 'warning', finding)),
  ]);
  return `${[...shown, ...findings, verdict].join('\n')}\n`;
}

interface Told {
  readonly place: string;
  readonly severity: string;
  readonly what: string;
}

function told(path: string, severity: string, { line, message, code }: WorkflowWarning): Told {
  return {
    place: line === null ? `${path}:` : `${path}:${line}:`,
    severity: `${severity}:`,
    what: `${message} [${code}]`,
  };
}

function aligned(findings: readonly Told[]): string[] {
  const placeWidth = Math.max(0, ...findings.map(({ place }) => place.length));
  const severityWidth = Math.max(0, ...findings.map(({ severity }) => severity.length));
  return findings.map(({ place, severity, what }) =>
    [place.padEnd(placeWidth), severity.padEnd(severityWidth), what].join(' '),
  );
}

function inFileOrder(findings: readonly WorkflowWarning[]): WorkflowWarning[] {
  return [...findings].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
