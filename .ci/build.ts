/**
 * Compiles src to dist, then removes what no source stands behind. Files are overwritten in place and never all removed
 * first, so a daemon that runs from dist can still load a module while this runs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const compiled = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (compiled.error !== undefined) throw compiled.error;
if (compiled.status !== 0) process.exit(1);

for (const entry of await readdir('dist', { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  const source = path.replace(/^dist/, 'src').replace(/(\.js|\.js\.map|\.d\.ts)$/, '');
  if (!existsSync(`${source}.ts`) && !existsSync(`${source}.tsx`)) await rm(path);
}
await chmod('dist/cli.js', 0o755);
