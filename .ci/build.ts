/**
 * Compiles src to dist, bundles the command line in place, and removes what no source stands behind. Files are
 * overwritten in place and never all removed first, so a daemon that runs from dist can still load a module meanwhile.
 *
 * The bundle is for the start: loading some 350 small files took the larger part of the time from the start of the
 * process to its first agent (`npm run bench -- start`). What is loaded late and only by some stays outside it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { bundleWeb } from './web.js';

const CHUNKS = 'dist/chunks';
const LICENSES = 'dist/third-party-licenses.txt';
/** The SSH library, besides, looks for compiled parts of its own, which a bundle cannot hold and which need not be there. */
const OUTSIDE = ['ink', 'react', 'ssh2'];
/** Packages in the bundle that were written for CommonJS ask for Node's modules with require. */
const REQUIRE =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";

/** The page in the browser has other globals than the daemon, so it is a project of its own; esbuild makes its script. */
const PROJECTS = ['tsconfig.build.json', 'src/web/app/tsconfig.json'];

function compile(project: string): void {
  const compiled = spawnSync('tsc', ['-p', project], { stdio: 'inherit' });
  if (compiled.error !== undefined) throw compiled.error;
  if (compiled.status !== 0) process.exit(1);
}

async function bundle(): Promise<Metafile> {
  const { metafile, outputFiles } = await build({
    entryPoints: ['src/cli.ts'],
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    // What a package has as modules of its own can be shaken; its CommonJS is taken whole.
    mainFields: ['module', 'main'],
    target: 'node20.19',
    sourcemap: true,
    sourcesContent: false,
    keepNames: true,
    banner: { js: REQUIRE },
    external: OUTSIDE,
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  await mkdir(CHUNKS, { recursive: true });
  for (const { path, text } of outputFiles)
    await writeFile(path, path.endsWith('.js') ? inAscii(text) : text);
  return metafile;
}

/** V8 keeps a source for as long as its program runs, and in twice the space for one letter in a comment that is not ASCII. */
function inAscii(source: string): string {
  return source.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What is copied into the bundle comes with its license. */
function licensesOf({ inputs }: Metafile): string {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  );
  const texts = [...folders].sort().map((folder) => {
    const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
    const text = file === undefined ? licenseField(folder) : readFileSync(join(folder, file), 'utf8').trim();
    return `${folder.replace(/^.*node_modules\//, '')}\n\n${text}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

function licenseField(folder: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'license' in manifest)
    return String(manifest.license);
  throw new Error(`${folder} goes into the bundle but names no license`);
}

for (const project of PROJECTS) compile(project);
const metafile = await bundle();
const web = await bundleWeb('dist/web');
await writeFile(LICENSES, licensesOf(metafile));
const bundled = new Set([...Object.keys(metafile.outputs), ...web]);
for (const entry of await readdir('dist', { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  if (path === LICENSES || bundled.has(path)) continue;
  const source = path.replace(/^dist/, 'src').replace(/(\.js|\.js\.map|\.d\.ts)$/, '');
  const isStale = path.startsWith(CHUNKS) || (!existsSync(`${source}.ts`) && !existsSync(`${source}.tsx`));
  if (isStale) await rm(path);
}
await chmod('dist/cli.js', 0o755);
