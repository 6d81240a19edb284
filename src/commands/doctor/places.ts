import { realpath, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Finding, ok, problem, skipped, warning } from '../../domain/finding.js';
import type { Settings } from '../../domain/settings.js';
import { type Writability, writability } from '../../files/writability.js';
import { stateDirectoryHolder } from '../../stores/state-directory.js';
import { diskFinding, disksOf } from './disk.js';

const ROOT = 'workspace root';
const STATE = 'state directory';

/** File systems that live in memory, by the numbers of statfs(2). */
const IN_MEMORY: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
]);

/** Whether workspaces can be made, and stay there and apart from each other. */
export async function rootFindings(
  settings: Pick<Settings, 'workspace' | 'agent' | 'codex'>,
): Promise<readonly Finding[]> {
  const { root } = settings.workspace;
  const place = await writability(root);
  if (place.kind === 'unusable') {
    const mend = 'let this user write there, or set workspace.root to another place';
    return [problem(ROOT, `${root} cannot be used: ${place.reason}`, mend)];
  }
  const warnings = [await exposureOf(settings, place.nearest), await volatilityOf(root, place.nearest)];
  const found = warnings.filter((finding) => finding !== null);
  return found.length > 0 ? found : [usable(ROOT, root, place)];
}

async function exposureOf(
  settings: Pick<Settings, 'workspace' | 'agent' | 'codex'>,
  nearest: string,
): Promise<Finding | null> {
  const temporary = [await physical(tmpdir()), await physical('/tmp')];
  return exposureFinding(settings, { root: settings.workspace.root, nearest, temporary });
}

/** A root, and the nearest directory to it that is there; temporary directories as they really are. */
interface Exposure {
  readonly root: string;
  readonly nearest: string;
  readonly temporary: readonly string[];
}

/** Codex lets commands in its sandbox write to the temporary directories, whatever is in them. */
export function exposureFinding(
  { agent, codex }: Pick<Settings, 'agent' | 'codex'>,
  { root, nearest, temporary }: Exposure,
): Finding | null {
  if (agent.kind !== 'codex' || !/^workspace-?write$/i.test(codex.threadSandbox)) return null;
  const around = temporary.find((directory) => `${nearest}/`.startsWith(`${directory}/`));
  if (around === undefined) return null;
  return warning(
    ROOT,
    `${root} is in the temporary directory ${around}, where the sandbox ${codex.threadSandbox} lets every agent write, also in the workspaces of others`,
    'set workspace.root to a directory of its own, such as ~/symphony-workspaces',
  );
}

async function volatilityOf(root: string, nearest: string): Promise<Finding | null> {
  const kind = IN_MEMORY.get((await statfs(nearest)).type);
  return kind === undefined ? null : volatilityFinding(root, kind);
}

/** What is kept in memory is not kept. */
export function volatilityFinding(root: string, kind: string): Finding {
  const detail = `${root} is on a ${kind}: workspaces use up memory, and are gone when the machine restarts`;
  return warning(ROOT, detail, 'set workspace.root to a directory on a disk');
}

/** Whether the daemon can keep what it knows. One that runs there already is worth knowing and no fault. */
export async function stateFindings(directory: string): Promise<readonly Finding[]> {
  const place = await writability(directory);
  if (place.kind === 'unusable') {
    const mend = 'let this user write there, or choose another place with --state-dir';
    return [problem(STATE, `${directory} cannot be used: ${place.reason}`, mend)];
  }
  const holder = await stateDirectoryHolder(directory);
  return [
    holder === null
      ? usable(STATE, directory, place)
      : ok(STATE, `${directory}: a daemon runs with it (process ${holder})`),
  ];
}

/** Whether the disks of both have room; those of places that cannot be used are told of elsewhere. */
export async function diskFindings(root: string | null, stateDirectory: string): Promise<readonly Finding[]> {
  const wanted = [
    ...(root === null ? [] : [{ what: 'workspaces', directory: root }]),
    { what: 'state', directory: stateDirectory },
  ];
  const places = await Promise.all(
    wanted.map(async ({ what, directory }) => ({ what, place: await writability(directory) })),
  );
  const kept = places.flatMap(({ what, place }) =>
    place.kind === 'writable' ? [{ what, path: place.nearest }] : [],
  );
  if (kept.length === 0) return [skipped('disk', 'none of the places can be used')];
  return (await disksOf(kept)).map(diskFinding);
}

function usable(
  name: string,
  directory: string,
  { isThere }: Extract<Writability, { kind: 'writable' }>,
): Finding {
  return ok(name, isThere ? directory : `${directory} is not there yet and can be made`);
}

async function physical(directory: string): Promise<string> {
  // One that cannot be looked at holds nothing of ours, whatever it is called.
  return await realpath(directory).catch(() => path.resolve(directory));
}
