/** Checks what would be published: publint's rules, and that the tarball holds the program and nothing of the workshop. */
import { execFileSync } from 'node:child_process';

const REQUIRED = [
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'package.json',
  'dist/cli.js',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/web/index.html',
  'dist/web/app.js',
  'dist/web/app.css',
  'dist/web/icon.svg',
];
const ALLOWED =
  /^(LICENSE|README\.md|CHANGELOG\.md|package\.json|dist\/third-party-licenses\.txt|dist\/web\/(index\.html|app\.css|icon\.svg)|dist\/.+\.(js|js\.map|d\.ts))$/;

execFileSync('publint', ['--strict'], { stdio: ['ignore', 'inherit', 'inherit'] });

const answer = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [tarball] = JSON.parse(answer) as { files: { path: string }[]; size: number }[];
const paths = (tarball?.files ?? []).map((file) => file.path);
const missing = REQUIRED.filter((path) => !paths.includes(path));
const unwanted = paths.filter((path) => !ALLOWED.test(path));
for (const path of missing) console.error(`missing from the package: ${path}`);
for (const path of unwanted) console.error(`does not belong into the package: ${path}`);
if (missing.length > 0 || unwanted.length > 0) process.exitCode = 1;
else console.log(`${paths.length} files, ${Math.ceil((tarball?.size ?? 0) / 1024)} KiB packed`);
