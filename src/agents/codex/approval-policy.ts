import type { JsonObject, JsonValue } from '../../domain/json.js';
import { SettingRefused } from '../setting-refused.js';
import { type AcceptedForms, type MapForm, nameOfForm } from './accepted.js';
import { objectOf } from './protocol.js';

/** Approval policies that are maps, of any version. */
export const POLICY_MAPS = ['granular', 'reject'] as const;

/** What 0.169 says of `granular`, for a server whose schema could not be had. */
const GRANULAR: MapForm = {
  members: ['sandbox_approval', 'rules', 'skill_approval', 'request_permissions', 'mcp_elicitations'],
  required: ['sandbox_approval', 'rules', 'mcp_elicitations'],
};

/** A policy as the installed version takes it. */
export interface JudgedPolicy {
  readonly policy: JsonValue;
  /** What was changed, for the operator; null when it is sent as it was written. */
  readonly warning: string | null;
}

/**
 * The policy in the words of the installed version. `on-failure` asked when a command had failed in the sandbox, which
 * `on-request` leaves to the model; `reject` named what is refused without asking, `granular` names what is asked.
 * @throws SettingRefused with the accepted values
 */
export function judgePolicy(
  written: JsonValue,
  accepted: AcceptedForms,
  version: string | null,
): JudgedPolicy {
  const name = nameOfForm(written);
  if (typeof written === 'string' && accepted.words.includes(written))
    return { policy: written, warning: null };
  if (typeof written !== 'string' && name in accepted.maps) {
    checkMembers(written, name, accepted, version);
    return { policy: written, warning: null };
  }
  const policy = translation(written, name, accepted);
  if (policy === null) throw refusal(written, accepted, version);
  const warning =
    `codex.approval_policy: ${JSON.stringify(written)} is not accepted by ${codexOf(version)}; ` +
    `${JSON.stringify(policy)} is sent in its place. Write that to be rid of this warning`;
  return { policy, warning };
}

function translation(written: JsonValue, name: string, { words, maps }: AcceptedForms): JsonValue {
  if (written === 'on-failure' && words.includes('on-request')) return 'on-request';
  if (name !== 'reject' || !('granular' in maps)) return null;
  const rejected = objectOf(objectOf(written)['reject']);
  const { members } = maps['granular'] ?? GRANULAR;
  if (Object.keys(rejected).some((member) => !members.includes(member))) return null;
  return { granular: Object.fromEntries(members.map((member) => [member, rejected[member] !== true])) };
}

/** Codex ignores a member that it does not know, and so would grant or refuse what nobody meant. */
function checkMembers(
  written: JsonValue,
  name: string,
  accepted: AcceptedForms,
  version: string | null,
): void {
  const form = accepted.maps[name] ?? null;
  if (form === null) return;
  const members: JsonObject = objectOf(objectOf(written)[name]);
  const isWhole = form.required.every((member) => member in members);
  const isKnown = Object.entries(members).every(
    ([member, value]) => form.members.includes(member) && typeof value === 'boolean',
  );
  if (!isWhole || !isKnown) throw refusal(written, accepted, version);
}

function refusal(written: JsonValue, accepted: AcceptedForms, version: string | null): SettingRefused {
  const maps = Object.entries(accepted.maps).map(([name, form]) => {
    const { members, required } = form ?? (name === 'granular' ? GRANULAR : { members: [], required: [] });
    const shown = members.map((member) => (required.includes(member) ? member : `${member} (optional)`));
    return shown.length === 0 ? `a map ${name}` : `a map ${name} of true and false for ${shown.join(', ')}`;
  });
  const choices = [...accepted.words, ...maps].join(', or ').replaceAll(/, or (?=.*, or )/g, ', ');
  return new SettingRefused(
    'codex.approval_policy',
    `is ${JSON.stringify(written)}, which ${codexOf(version)} does not accept; set it to ${choices}`,
  );
}

/** How an operator calls the program. */
export function codexOf(version: string | null): string {
  return version === null ? 'the agent' : `Codex ${version}`;
}
