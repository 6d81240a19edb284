import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ConfigContext } from '../../../../src/hosts/ssh/config/context.js';
import { resolveDestination } from '../../../../src/hosts/ssh/config/resolve.js';
import type { Destination } from '../../../../src/hosts/ssh/destination.js';

/** A home directory and a directory of the system, with files in them; gone after the test. */
export interface Configuration {
  readonly home: string;
  readonly system: string;
  readonly context: ConfigContext;
  /** Where a file of these is: `.ssh/config` below the home, `etc/ssh_config` for the system's. */
  readonly path: (name: string) => string;
  readonly write: (name: string, text: string) => string;
  readonly resolve: (written: string) => Promise<Destination>;
  /** What resolving says when it fails. */
  readonly failure: (written: string) => Promise<string>;
}

/** `files` are by their names below the home directory; those below `etc/` are the system's. */
export function aConfiguration(
  files: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Configuration {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'symphony-ssh-config-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const home = join(root, 'home');
  const system = join(root, 'etc');
  const path = (name: string): string => join(name.startsWith('etc/') ? root : home, name);
  const write = (name: string, text: string): string => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text, { mode: 0o600 });
    return path(name);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  const context: ConfigContext = {
    env,
    home,
    user: 'ada',
    userId: process.getuid?.() ?? 0,
    machine: 'desk.example.org',
    systemDirectory: system,
  };
  const resolve = (written: string): Promise<Destination> => resolveDestination(written, context);
  const failure = (written: string): Promise<string> =>
    resolve(written).then(
      () => 'resolved',
      (error: unknown) => (error instanceof Error ? error.message.replaceAll(root, '') : String(error)),
    );
  return { home, system, context, path, write, resolve, failure };
}
