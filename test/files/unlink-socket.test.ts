import { once } from 'node:events';
import { lstat as lstatWithCallback, statSync } from 'node:fs';
import { lstat, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { listenPrivately, removeSocket } from '../../src/api/unix-door.js';
import { unlinkSocket } from '../../src/files/unlink-socket.js';
import { openSocketPlace } from '../../src/stores/socket-path.js';
import { aPlace } from '../helpers/processes.js';

// Goal: a start after a crash loads every module once, also when its packages are reached through a link.

/** The socket of a daemon that was killed: nobody listens there. */
async function leaveSocket(path: string): Promise<void> {
  const server = createServer().listen(`${path}.b`);
  await once(server, 'listening');
  await rename(`${path}.b`, path);
  server.close();
  await once(server, 'close');
}

/** A package that is reached through a link, of which one module has been loaded; finds another one of its modules. */
async function aLinkedPackage(): Promise<{ readonly physical: string; readonly find: () => string }> {
  const place = await aPlace();
  const physical = join(place, 'store', 'linked');
  await mkdir(physical, { recursive: true });
  await mkdir(join(place, 'node_modules'));
  await symlink(physical, join(place, 'node_modules', 'linked'));
  for (const name of ['first.js', 'second.js']) await writeFile(join(physical, name), '');
  // Whatever was looked at last, in an earlier test too.
  statSync(place);
  const { resolve } = createRequire(join(place, 'daemon.js'));
  resolve('linked/first.js');
  return { physical: join(physical, 'second.js'), find: () => resolve('linked/second.js') };
}

test('a look at a socket would let Node 20 load a linked module twice', async (context) => {
  if (!process.version.startsWith('v20.')) context.skip('because other versions of Node may be mended');
  const place = await aPlace();
  await leaveSocket(join(place, 'api.sock'));
  const { physical, find } = await aLinkedPackage();

  await promisify(lstatWithCallback)(join(place, 'api.sock'));

  expect(find()).not.toBe(physical);
});

const REMOVALS: Readonly<Record<string, (directory: string) => Promise<unknown>>> = {
  'its removal': (directory) => unlinkSocket(join(directory, 'api.sock')),
  'the choice of the place': (directory) => openSocketPlace(directory, { env: {} }),
  'the end of the place': async (directory) => {
    const place = await openSocketPlace(directory, { env: {} });
    await leaveSocket(place.path);
    await place.close();
  },
  'the door': (directory) => removeSocket(join(directory, 'api.sock')),
};

test.each(Object.keys(REMOVALS))(
  'a stale socket is gone after %s, and modules are found where they are',
  async (name) => {
    const directory = await aPlace();
    const socket = join(directory, 'api.sock');
    await leaveSocket(socket);
    const { physical, find } = await aLinkedPackage();

    await REMOVALS[name]?.(directory);

    expect(find()).toBe(physical);
    await expect(lstat(socket)).rejects.toMatchObject({ code: 'ENOENT' });
  },
);

test('a door is opened where a stale socket was, and modules are found where they are', async () => {
  const socket = join(await aPlace(), 'api.sock');
  await leaveSocket(socket);
  const { physical, find } = await aLinkedPackage();
  const server = createServer();

  await listenPrivately(server, socket);

  expect(find()).toBe(physical);
  server.close();
});

test('a socket that is gone already is no failure, and what cannot be removed is one', async () => {
  const place = await aPlace();
  await unlinkSocket(join(place, 'api.sock'));
  await expect(unlinkSocket(place)).rejects.toThrow(/EISDIR|EPERM/u);
});
