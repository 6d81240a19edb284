import { stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { type Finding, ok, problem, warning } from '../../domain/finding.js';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** A repository and what building it takes. */
const LITTLE_BYTES = GIB;
/** Not even that, and the log stops. */
const TOO_LITTLE_BYTES = 100 * MIB;

/** Some file system, and what of the daemon's is kept on it. */
export interface Disk {
  readonly keeps: string;
  readonly mountPoint: string;
  /** For this user, without what is reserved for root. */
  readonly freeBytes: number;
}

/** Whether there is room to work. */
export function diskFinding({ keeps, mountPoint, freeBytes }: Disk): Finding {
  const detail = `${sizeOf(freeBytes)} free on ${mountPoint} for ${keeps}`;
  const mend = 'make room there, or choose another place';
  if (freeBytes < TOO_LITTLE_BYTES) return problem('disk', detail, mend);
  return freeBytes < LITTLE_BYTES ? warning('disk', detail, mend) : ok('disk', detail);
}

/** Something that is kept at a path that is there. */
interface Kept {
  readonly what: string;
  readonly path: string;
}

/** The file systems of some places, each once. */
export async function disksOf(places: readonly Kept[]): Promise<readonly Disk[]> {
  const devices = new Map<number, readonly Kept[]>();
  for (const kept of places) {
    const { dev } = await stat(kept.path);
    devices.set(dev, [...(devices.get(dev) ?? []), kept]);
  }
  return await Promise.all(
    [...devices].map(async ([device, kept]) => {
      const at = kept[0]?.path ?? '/';
      const { bavail, bsize } = await statfs(at);
      return {
        keeps: kept.map(({ what }) => what).join(' and '),
        mountPoint: await mountPointOf(at, device),
        freeBytes: bavail * bsize,
      };
    }),
  );
}

/** The highest parent on the same device. */
async function mountPointOf(physicalPath: string, device: number): Promise<string> {
  let at = physicalPath;
  while (at !== path.dirname(at) && (await stat(path.dirname(at))).dev === device) at = path.dirname(at);
  return at;
}

function sizeOf(bytes: number): string {
  return bytes < GIB ? `${Math.floor(bytes / MIB)} MiB` : `${(bytes / GIB).toFixed(1)} GiB`;
}
