import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesUnder, importsOf } from './helpers/source-tree.js';

interface Row {
  /** Folders of src, files right under src, or files in folders without their extension, that it may import from. */
  readonly folders: readonly string[];
  readonly packages: readonly string[];
  /** All of Node's own modules, or these. */
  readonly node: true | readonly string[];
}

/** Who may import whom. A new folder, package or direction is a decision, and is made here. */
const TABLE: Readonly<Record<string, Row>> = {
  domain: { folders: [], packages: ['zod'], node: [] },
  'domain/workspace-key.ts': { folders: [], packages: [], node: ['node:crypto'] },
  ports: { folders: ['domain'], packages: [], node: [] },
  core: { folders: ['domain'], packages: ['immutable'], node: [] },
  // What comes from the disk is read by a schema.
  'core/fact-schema.ts': { folders: ['domain'], packages: ['zod'], node: [] },
  workflow: {
    folders: ['domain', 'ports/clock'],
    packages: ['zod', 'gray-matter', 'yaml', 'liquidjs', 'chokidar'],
    node: true,
  },
  workspaces: { folders: ['ports', 'domain'], packages: ['zod'], node: ['node:path', 'node:path/posix'] },
  engine: { folders: ['core', 'ports', 'domain', 'workspaces', 'workflow'], packages: [], node: true },
  files: { folders: [], packages: [], node: true },
  hosts: { folders: ['ports', 'domain', 'files'], packages: ['execa', 'ssh2', 'ssh-config'], node: true },
  trackers: {
    folders: ['ports', 'domain', 'files'],
    packages: ['zod', 'chokidar', 'gray-matter', 'yaml', 'graphql', 'graphql-request', '@linear/sdk'],
    node: true,
  },
  agents: { folders: ['ports', 'domain', 'files'], packages: ['zod'], node: true },
  stores: { folders: ['ports', 'domain', 'files'], packages: ['zod'], node: true },
  observe: { folders: ['domain', 'core', 'files', 'workspaces/hooks'], packages: ['pino'], node: true },
  api: { folders: ['domain', 'web', 'files/unlink-socket'], packages: ['fastify', 'zod'], node: true },
  client: {
    folders: [
      ...['domain', 'api/schema', 'api/schema-parts', 'api/schema-history'],
      ...['api/schema-issues', 'api/schema-orders'],
    ],
    packages: ['zod'],
    node: true,
  },
  web: {
    folders: [
      ...['domain', 'files', 'api/schema', 'api/schema-parts', 'api/schema-history'],
      ...['api/schema-issues', 'api/schema-orders'],
    ],
    packages: [],
    node: true,
  },
  dashboard: { folders: ['domain'], packages: ['ink', 'react', 'string-width', 'strip-ansi'], node: true },
  'daemon.ts': { folders: ['*'], packages: [], node: true },
  daemon: { folders: ['*'], packages: [], node: true },
  'daemon/adapters.ts': {
    folders: [
      ...['agents', 'trackers', 'engine', 'observe/redact', 'ports', 'domain'],
      ...['hosts/ssh/config/check', 'hosts/ssh/config/context', 'workflow/server-settings'],
    ],
    packages: [],
    node: ['node:path'],
  },
  'daemon/daemon-end.ts': {
    folders: ['core', 'domain', 'engine/tally', 'observe/redact', 'trackers/plain-line'],
    packages: [],
    node: [],
  },
  'daemon/problems.ts': { folders: ['ports'], packages: [], node: [] },
  'daemon/rebinding.ts': { folders: ['engine', 'ports', 'domain'], packages: [], node: [] },
  'daemon/shutdown.ts': {
    folders: ['engine/system-clock', 'observe/logger', 'ports/within'],
    packages: [],
    node: [],
  },
  commands: {
    folders: [
      ...['daemon.ts', 'workflow', 'ports', 'domain'],
      ...['agents/registry', 'trackers/registry', 'engine/system-clock', 'observe/redact'],
      ...['agents/notices', 'agents/setting-refused', 'hosts/local', 'hosts/hosts'],
      ...['hosts/ssh/config/check', 'hosts/ssh/config/context', 'hosts/ssh/config/resolve'],
      ...['hosts/ssh/config/way'],
      ...['stores/operator-token', 'stores/state-directory', 'stores/socket-path'],
      ...['client', 'hosts/caller-proof', 'dashboard/start', 'dashboard/text/text', 'dashboard/text/format'],
      ...['engine/bounded', 'files/writability', 'api/guard'],
      ...['trackers/linear/projects', 'trackers/linear/state-groups', 'trackers/local/first-issue'],
      ...['trackers/local/paths', 'trackers/plain-line', 'files/inert-git'],
    ],
    packages: ['commander', 'yaml'],
    node: true,
  },
  'cli.ts': {
    folders: ['commands', 'daemon.ts', 'ports', 'domain', 'files'],
    packages: ['commander'],
    node: true,
  },
  'index.ts': { folders: ['daemon.ts', 'domain', 'ports', 'workflow', 'client'], packages: [], node: [] },
};

const ADAPTERS = ['hosts', 'trackers', 'agents', 'stores'];

/** `trackers/local/watch.ts` is in the folder `trackers`; a file right under src is its own folder. */
function folderOf(path: string): string {
  return path.split('/')[0] ?? path;
}

function rowOf(path: string): Row | undefined {
  return TABLE[path] ?? TABLE[folderOf(path)];
}

/** Where a relative import leads to, as a path under src without its extension. */
function target(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier)).replace(/\.js$/, '');
}

function mayImportFile(row: Row, own: string, other: string): boolean {
  const folder = folderOf(other);
  return (
    folder === own || ['*', folder, other, `${other}.ts`].some((allowed) => row.folders.includes(allowed))
  );
}

function mayImportPackage(row: Row, specifier: string): boolean {
  if (specifier.startsWith('node:')) return row.node === true || row.node.includes(specifier);
  return row.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}

/** Every import of a file under src that the table does not allow. */
function strangers(path: string, source: string): string[] {
  const row = rowOf(path);
  if (row === undefined) return [`src/${path}: no row in the import table`];
  const wrong = importsOf(source).filter((specifier) =>
    specifier.startsWith('.')
      ? !mayImportFile(row, folderOf(path), target(path, specifier))
      : !mayImportPackage(row, specifier),
  );
  return wrong.map((specifier) => `src/${path} imports ${specifier}`);
}

/** Imports from one adapter into another one of the same kind; the registry of the folder may know them all. */
function crossings(path: string, source: string): string[] {
  const [kind, adapter, ...rest] = path.split('/');
  if (kind === undefined || !ADAPTERS.includes(kind) || rest.length === 0) return [];
  return importsOf(source)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => target(path, specifier).split('/'))
    .filter(([otherKind, other, ...deeper]) => otherKind === kind && other !== adapter && deeper.length > 0)
    .map((parts) => `src/${path} imports ${parts.join('/')}`);
}

const sources = filesUnder('src', /\.tsx?$/).map((path) => ({
  path: path.slice('src/'.length),
  source: readFileSync(path, 'utf8'),
}));

describe('the import table', () => {
  test('is kept by every file of src', () => {
    expect(sources.flatMap(({ path, source }) => strangers(path, source))).toEqual([]);
  });

  test('keeps adapters of one kind from importing each other', () => {
    expect(sources.flatMap(({ path, source }) => crossings(path, source))).toEqual([]);
  });

  test('would notice a package in the core, a port in the domain, a part of the daemon in a command and one tracker in another', () => {
    expect(strangers('core/decide.ts', "import { z } from 'zod';")).toEqual([
      'src/core/decide.ts imports zod',
    ]);
    expect(strangers('domain/run.ts', "export type { Host } from '../ports/host.js';")).toEqual([
      'src/domain/run.ts imports ../ports/host.js',
    ]);
    expect(strangers('api/server.ts', "await import('../engine/engine.js');")).toEqual([
      'src/api/server.ts imports ../engine/engine.js',
    ]);
    expect(strangers('commands/run.ts', "import '../daemon.js'; import '../daemon/shutdown.js';")).toEqual([
      'src/commands/run.ts imports ../daemon/shutdown.js',
    ]);
    expect(crossings('trackers/local/index.ts', "import '../memory/index.js';")).toEqual([
      'src/trackers/local/index.ts imports trackers/memory/index',
    ]);
  });

  test('has an index file only as the door of an adapter and of the package', () => {
    const doors = sources.map(({ path }) => path).filter((path) => /(^|\/)index\.tsx?$/.test(path));
    const strays = doors.filter((path) => {
      const parts = path.split('/');
      return path !== 'index.ts' && !(parts.length === 3 && ADAPTERS.includes(folderOf(path)));
    });

    expect(strays).toEqual([]);
  });
});
