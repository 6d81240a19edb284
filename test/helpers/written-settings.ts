import { stringify } from 'yaml';
import { AGENT_KINDS } from '../../src/agents/registry.js';
import type { JsonObject } from '../../src/domain/json.js';
import type { Settings } from '../../src/domain/settings.js';
import { trackerAdapters } from '../../src/trackers/registry.js';
import { parseWorkflow } from '../../src/workflow/load.js';

/** The settings that a workflow file with these sections stands for; it tracks a local board unless they say otherwise. */
export function writtenSettings(
  sections: { readonly [section: string]: JsonObject },
  env: Readonly<Record<string, string>> = {},
): Settings {
  const text = stringify({ tracker: { kind: 'local', provider: { path: 'board' } }, ...sections });
  const known = { trackers: trackerAdapters, agents: AGENT_KINDS };
  return parseWorkflow('/srv/team/WORKFLOW.md', `---\n${text}---\n`, { env, known }).settings;
}
