import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * The shell command that runs the scripted agent with the Node that runs us. From sources, where only the TypeScript of
 * the program exists, it is loaded through tsx.
 */
export function scriptedCommand(): string {
  const built = new URL('./program.js', import.meta.url);
  if (existsSync(built)) return `exec ${quoted(process.execPath)} ${quoted(fileURLToPath(built))}`;
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const source = fileURLToPath(new URL('./program.ts', import.meta.url));
  return `exec ${quoted(process.execPath)} --import ${quoted(loader)} ${quoted(source)}`;
}

/** One word for a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
