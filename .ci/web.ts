import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const APP = 'src/web/app';
/** Browsers of the end of 2022. */
const TARGET = ['chrome105', 'firefox110', 'safari16'];

/** Bundles the web page into a folder: one script, one style sheet, the document and its icon. Returns their paths. */
export async function bundleWeb(folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [
      { in: join(APP, 'main.ts'), out: 'app' },
      { in: join(APP, 'styles/app.css'), out: 'app' },
    ],
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: TARGET,
    minify: true,
    charset: 'utf8',
    logLevel: 'warning',
  });
  for (const name of ['index.html', 'icon.svg']) await copyFile(join(APP, name), join(folder, name));
  return ['app.js', 'app.css', 'index.html', 'icon.svg'].map((name) => join(folder, name));
}
