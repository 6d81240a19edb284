import type { Inspection } from '../workflow/load.js';
import { effectiveSettings, type HiddenValues } from './effective-settings.js';

/** What `symphony validate` prints: findings in the order of the file, a verdict, and the settings in force. */
export function validationReport(
  { path, errors, warnings, settings }: Inspection,
  hidden: HiddenValues,
): string {
  const findings = [
    ...errors.map((finding) => ({ ...finding, severity: 'error' })),
    ...warnings.map((finding) => ({ ...finding, severity: 'warning' })),
  ].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const lines = findings.map(({ severity, line, message, code }) => {
    const place = line === null ? path : `${path}:${line}`;
    return `${place}: ${severity}: ${message} [${code}]`;
  });
  const counts = [counted(errors.length, 'error'), counted(warnings.length, 'warning')].join(', ');
  const verdict = `${path} is ${errors.length === 0 ? 'valid' : 'not valid'}: ${counts}`;
  const shown = settings === null ? [] : ['', '# In force', effectiveSettings(settings, hidden).trimEnd()];
  return `${[...lines, verdict, ...shown].join('\n')}\n`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
