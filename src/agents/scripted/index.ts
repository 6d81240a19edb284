import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packageRoot } from '../../files/package.js';

/**
 * The shell command that runs the scripted agent with the Node that runs us. From sources that nobody has built, it is
 * loaded through tsx.
 */
export function scriptedCommand(): string {
  const built = new URL('dist/agents/scripted/program.js', packageRoot());
  if (existsSync(built)) return `exec ${quoted(process.execPath)} ${quoted(fileURLToPath(built))}`;
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const source = fileURLToPath(new URL('src/agents/scripted/program.ts', packageRoot()));
  return `exec ${quoted(process.execPath)} --import ${quoted(loader)} ${quoted(source)}`;
}

/** One word for a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
