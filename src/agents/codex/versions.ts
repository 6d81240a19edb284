import { type Finding, ok, warning } from '../../domain/finding.js';

/** The oldest and the newest version that Symphony is tested with. */
export const TESTED = { oldest: '0.118.0', newest: '0.169.0' } as const;

const INSTALL = `npm install --global @openai/codex@${TESTED.newest}`;
const RANGE = `the versions tested, ${TESTED.oldest} to ${TESTED.newest}`;

/** Whether Symphony is known to work with this version of Codex; null for a program that does not say it is Codex. */
export function versionFinding(version: string | null): Finding {
  if (version === null) {
    const detail = 'codex.command answers as an app-server, but does not say that it is Codex';
    return warning('agent', detail, 'if it should be, see what codex.command runs');
  }
  if (isBefore(version, TESTED.oldest)) {
    return warning('agent', `Codex ${version} is older than ${RANGE}`, `update it: ${INSTALL}`);
  }
  if (isBefore(TESTED.newest, version)) {
    const mend = `see docs/agents/codex.md; if runs fail: ${INSTALL}`;
    return warning('agent', `Codex ${version} is newer than ${RANGE}`, mend);
  }
  return ok('agent', `Codex ${version}, within ${RANGE}`);
}

function isBefore(version: string, other: string): boolean {
  const [a, b] = [numbersOf(version), numbersOf(other)];
  const at = a.findIndex((number, index) => number !== b[index]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

/** Of a version such as `0.170.0-alpha.3`, the three numbers. */
function numbersOf(version: string): readonly number[] {
  return version.split(/[.-]/).slice(0, 3).map(Number);
}
