import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** The version that Symphony is written for. */
export const CODEX = '0.169.0';
/** An old one, to which it is lenient. */
export const OLD_CODEX = '0.118.0';

/** Kept between runs of the tests, and apart from the package, whose other tests need none of it. */
const CACHE = resolve('node_modules/.cache/symphony-codex');
/** Enough for a slow network: a version has 100 MB packed and 400 MB unpacked. */
export const INSTALL_WITHIN_MS = 240_000;
/** A failure holds so long for other test files, so that one run without a network waits for npm only once. */
const FAILURE_HOLDS_MS = 120_000;
const LOOK_AGAIN_MS = 250;
const UNFINISHED = '.unfinished-';

/** Where a version of Codex is, or why it is nowhere. */
export type Installation =
  | {
      readonly kind: 'installed';
      readonly wrapper: string;
      readonly native: string;
      /** Why its commands cannot be fenced in here, as in a container without namespaces; null where they can. */
      readonly unfenced: string | null;
    }
  | { readonly kind: 'unavailable'; readonly reason: string };

const run = promisify(execFile);

/**
 * Codex in this version, from the cache or installed now, by npm as it is configured on this machine. Several processes
 * may want it at once: one installs, the others wait.
 */
export async function installCodex(version: string): Promise<Installation> {
  await mkdir(CACHE, { recursive: true });
  const folder = join(CACHE, version);
  for (;;) {
    if (existsSync(folder)) return await installed(version, folder);
    const reason = await recentFailure(folder);
    if (reason !== null) return { kind: 'unavailable', reason };
    const unlock = await lock(`${folder}.lock`);
    if (unlock === null) await new Promise((wake) => setTimeout(wake, LOOK_AGAIN_MS));
    else await install(version, folder).finally(() => unlock());
  }
}

/** Installs beside the folder and renames, so what is in the folder is whole, whoever is killed in between. */
async function install(version: string, folder: string): Promise<void> {
  if (existsSync(folder)) return;
  await removeUnfinished(folder);
  const unfinished = `${folder}${UNFINISHED}${randomUUID()}`;
  const options = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error'];
  const network = ['--prefer-offline', '--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  await mkdir(unfinished);
  await writeFile(join(unfinished, 'package.json'), '{ "private": true }\n');
  try {
    await run(
      'npm',
      ['install', ...options, ...network, '--prefix', unfinished, `@openai/codex@${version}`],
      {
        cwd: unfinished,
        timeout: INSTALL_WITHIN_MS - 20_000,
      },
    );
    // A platform without a native program of its own installs nothing that could run.
    await run(await nativeIn(unfinished), ['--version']);
    await rename(unfinished, folder);
  } catch (error) {
    await writeFile(failureOf(folder), reasonOf(error));
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** What runs left that were killed while they installed. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const path = join(CACHE, name);
    if (path.startsWith(`${folder}${UNFINISHED}`)) await rm(path, { recursive: true, force: true });
  }
}

async function installed(version: string, folder: string): Promise<Installation> {
  const native = await nativeIn(folder);
  return {
    kind: 'installed',
    wrapper: wrapperOf(version),
    native,
    unfenced: await whyUnfenced(native, folder),
  };
}

async function whyUnfenced(native: string, folder: string): Promise<string | null> {
  let reason: string | null = null;
  for (const words of [['true'], ['linux', 'true']]) {
    try {
      await run(native, ['sandbox', ...words], {
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder },
      });
      return null;
    } catch (error) {
      reason = reasonOf(error);
    }
  }
  return reason;
}

/** What npm puts on the PATH, once it is installed: a program of Node that starts the native one. */
export function wrapperOf(version: string): string {
  return join(CACHE, version, 'node_modules/.bin/codex');
}

/** The program itself; releases have kept it in different places. */
async function nativeIn(folder: string): Promise<string> {
  const packages = join(folder, 'node_modules/@openai');
  for (const name of await readdir(packages)) {
    const vendor = join(packages, name, 'vendor');
    for (const target of (await readdir(vendor).catch(absent)) ?? []) {
      for (const place of ['bin', 'codex']) {
        const path = join(vendor, target, place, 'codex');
        if (existsSync(path)) return path;
      }
    }
  }
  throw new Error(`npm has no native program for ${process.platform} on ${process.arch}`);
}

function failureOf(folder: string): string {
  return `${folder}.failure`;
}

/** One line of what npm or Node said. */
function reasonOf(error: unknown): string {
  const { stderr = '', message = `${error}` } = error as { stderr?: string; message?: string };
  const said = stderr === '' ? message : stderr;
  const lines = said.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim());
  return lines
    .filter((line) => line !== '' && !line.startsWith('A complete log'))
    .slice(0, 3)
    .join(', ');
}

async function recentFailure(folder: string): Promise<string | null> {
  try {
    const { mtimeMs } = await stat(failureOf(folder));
    return Date.now() - mtimeMs < FAILURE_HOLDS_MS ? await readFile(failureOf(folder), 'utf8') : null;
  } catch (error) {
    return absent(error);
  }
}

/**
 * Takes a lock that names its owner; null while another living process has it. It spares work and protects nothing: a
 * second install would end in a rename that fails.
 */
async function lock(path: string): Promise<(() => Promise<void>) | null> {
  const mine = `${path}.${randomUUID()}`;
  await writeFile(mine, `${process.pid}`);
  try {
    await link(mine, path);
    return () => rm(path, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const owner = await readFile(path, 'utf8').catch(absent);
    if (owner !== null && !lives(Number(owner))) await rm(path, { force: true });
    return null;
  } finally {
    await rm(mine, { force: true });
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // A process of someone else lives, but nobody else writes here.
    return false;
  }
}

function absent(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  return null;
}
