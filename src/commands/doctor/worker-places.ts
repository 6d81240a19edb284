import { type Finding, ok, problem, skipped } from '../../domain/finding.js';
import type { Settings } from '../../domain/settings.js';
import { diskFinding } from './disk.js';
import { exposureFinding, volatilityFinding } from './places.js';
import { askShell, type ShellAnswer, type ShellPlace } from './shell.js';

const ROOT = 'workspace root';

/** Tries the nearest directory that is there, and tells of its disk; the columns of `df -P` are the same everywhere. */
const LOOK = `
at=$SYMPHONY_DOCTOR_ROOT
until [ -e "$at" ] || [ "$at" = / ]; do at=$(dirname -- "$at"); done
cd -P -- "$at" && made=$(mktemp -d ./.symphony-doctor-XXXXXX) && rmdir -- "$made" || exit 1
pwd
df -Pk . | tail -n 1
cd -P -- "\${TMPDIR:-/tmp}" && pwd
cd -P /tmp && pwd
exit 0
`;

/** Whether workspaces can be made on a worker, and stay there and apart from each other, and whether there is room. */
export async function workerPlaces(
  place: ShellPlace,
  settings: Pick<Settings, 'workspace' | 'agent' | 'codex'>,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const root = await place.host.absolutePath(settings.workspace.remoteRoot);
  const answer = await askShell(place, LOOK, signal, { SYMPHONY_DOCTOR_ROOT: root });
  const [nearest = '', table = '', ...temporary] = answer.output?.split('\n') ?? [];
  if (answer.code !== 0 || !nearest.startsWith('/')) {
    const mend = 'let this user write there, or set workspace.root to another place';
    return [
      problem(ROOT, `${root} cannot be used: ${reasonOf(answer)}`, mend),
      skipped('disk', 'the root cannot be used'),
    ];
  }
  const disk = diskOf(table);
  const warnings = [
    exposureFinding(settings, { root, nearest, temporary }),
    disk?.fileSystem === 'tmpfs' ? volatilityFinding(root, 'tmpfs') : null,
  ].filter((finding) => finding !== null);
  const usable = `${root} ${nearest === root ? 'is usable' : `can be made in ${nearest}`}`;
  return [
    ...(warnings.length > 0 ? warnings : [ok(ROOT, usable)]),
    disk === null
      ? skipped('disk', `df tells nothing of it (${table})`)
      : diskFinding({ keeps: 'workspaces', ...disk }),
  ];
}

interface WorkerDisk {
  readonly fileSystem: string;
  readonly mountPoint: string;
  readonly freeBytes: number;
}

/** A line of `df -Pk`; both names may have blanks in them. */
function diskOf(line: string): WorkerDisk | null {
  const [, fileSystem, free, mountPoint] = /^(.+?) +\d+ +-?\d+ +(-?\d+) +\d+% +(\/.*)$/.exec(line) ?? [];
  if (fileSystem === undefined || free === undefined || mountPoint === undefined) return null;
  return { fileSystem, mountPoint, freeBytes: Math.max(0, Number(free)) * 1_024 };
}

function reasonOf({ code, signal, said }: ShellAnswer): string {
  const [last = ''] = said.split('\n').slice(-1);
  if (last !== '') return last;
  return signal === null
    ? `the look at it ended with status ${String(code)}`
    : `the look at it was ended by ${signal}`;
}
