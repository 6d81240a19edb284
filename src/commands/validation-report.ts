import type { Settings } from '../domain/settings.js';
import { effectiveSettings } from './effective-settings.js';

/** One thing to say about a workflow file. */
export interface Finding {
  readonly code: string;
  /** Dotted key, null when it concerns the file as a whole. */
  readonly key: string | null;
  /** 1-based line in the file, null when unknown. */
  readonly line: number | null;
  readonly message: string;
}

/** All that is to say about a workflow file. */
export interface Inspection {
  readonly path: string;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Null when the errors leave no settings to show. */
  readonly settings: Settings | null;
}

/** What `symphony validate` prints: findings in the order of the file, a verdict, and the settings in force. */
export function validationReport(
  { path, errors, warnings, settings }: Inspection,
  env: Readonly<Record<string, string | undefined>>,
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
  const shown = settings === null ? [] : ['', '# In force', effectiveSettings(settings, env).trimEnd()];
  return `${[...lines, verdict, ...shown].join('\n')}\n`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
