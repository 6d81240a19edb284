import { type Finding, problem, warning } from '../../domain/finding.js';
import type { JsonObject } from '../../domain/json.js';
import { plainText } from './plain-text.js';
import { textOf } from './protocol.js';

const NAME = 'configuration';
const DETAIL_LENGTH = 300;

/** The notification by which the app-server warns of its own configuration, once it is introduced. */
export const CONFIG_WARNING = 'configWarning';

/**
 * What Codex says of the files that configure it; others of its warnings are about the machine. Where it refuses to tell
 * its configuration (`config` is null), it goes on with defaults only until somebody opens a thread, which it refuses
 * (0.169 and 0.118, observed).
 */
export function configurationFindings(
  warnings: readonly JsonObject[],
  config: JsonObject | null,
): readonly Finding[] {
  return warnings.flatMap((params) => {
    const path = textOf(params, 'path');
    if (path === null) return [];
    const file = plainText(path, DETAIL_LENGTH);
    const summary = textOf(params, 'summary') ?? 'it warns of it';
    const said = plainText(textOf(params, 'details') ?? `${path}: ${summary}`, DETAIL_LENGTH);
    return config === null
      ? problem(
          NAME,
          `Codex cannot read its configuration: ${said}`,
          `mend ${file}: no session starts with it`,
        )
      : warning(NAME, `Codex warns of its configuration: ${said}`, `see ${file}`);
  });
}
