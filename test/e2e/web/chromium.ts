import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleWeb } from '../../../.ci/web.js';
import { type WebPage, webPages } from '../../../src/web/pages.js';

/** The page as its sources say now, not as somebody once built it. */
export async function freshPages(): Promise<readonly WebPage[]> {
  const folder = await mkdtemp(join(tmpdir(), 'symphony-web-'));
  try {
    await bundleWeb(folder);
    return webPages(pathToFileURL(`${folder}/`));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where Chromium is; null when it is not installed. */
export function chromiumPath(): string | null {
  const { status, stdout } = spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/** Only our own page is opened. Containers often have neither what a sandbox needs nor enough shared memory. */
export const LAUNCH_ARGUMENTS = ['--no-sandbox', '--disable-dev-shm-usage'];
