import { once } from 'node:events';
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findSocket, openSocketPlace, socketIdentity } from '../../src/stores/socket-path.js';
import { aPlace } from '../helpers/processes.js';

// Goal: a daemon listens where its commands look, however deep its state directory is, and a command never gives the
// operator's token to somebody else.

/** A state directory whose own `api.sock` has exactly so many bytes. */
async function aStateDirectory(socketBytes: number): Promise<string> {
  const place = await aPlace();
  let directory = place;
  const missing = (): number => socketBytes - Buffer.byteLength(join(directory, 'api.sock'));
  // Names end at 255 bytes; two bytes are the least that another level takes.
  while (missing() > 202) directory = join(directory, 'd'.repeat(200));
  if (missing() > 0) directory = join(directory, 'e'.repeat(missing() - 1));
  await mkdir(directory, { recursive: true });
  return directory;
}

/** A directory of a user for sockets. */
async function aRuntimeDirectory() {
  const directory = await aPlace();
  return { directory, env: { XDG_RUNTIME_DIR: directory } };
}

/** Listens at a path as a daemon does, and leaves the socket when the test ends. */
async function listenAt(path: string): Promise<void> {
  const server = createServer((socket) => socket.end('daemon')).listen(path);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
}

/** What is said at a socket. */
async function heardAt(path: string): Promise<string> {
  const socket = connect(path).setEncoding('utf8');
  const [text] = await once(socket, 'data');
  socket.destroy();
  return String(text);
}

const LONGEST = process.platform === 'linux' ? 107 : 103;

describe('a socket whose state directory was removed', () => {
  test.each([LONGEST, LONGEST + 1])(
    'is known to be lost with a path of %i bytes, and not to be another daemon’s at the same path',
    async (bytes) => {
      const { env } = await aRuntimeDirectory();
      const state = await aStateDirectory(bytes);
      const place = await openSocketPlace(state, { env });
      expect(await socketIdentity(state)).toBeNull();
      await listenAt(place.path);
      const first = await socketIdentity(state);
      expect(await socketIdentity(state)).toBe(first);

      await rm(state, { recursive: true });
      expect(await socketIdentity(state)).toBeNull();
      await mkdir(state);
      await listenAt((await openSocketPlace(state, { env })).path);

      expect(await findSocket(state)).toBe(place.path);
      const second = await socketIdentity(state);
      expect([first, second]).not.toContain(null);
      expect(second).not.toBe(first);
    },
  );
});

describe('the place of the socket', () => {
  test('is api.sock in the state directory, up to the longest path that a socket can have', async () => {
    const { directory, env } = await aRuntimeDirectory();
    const state = await aStateDirectory(LONGEST);

    const place = await openSocketPlace(state, { env });
    await listenAt(place.path);

    expect(place.path).toBe(join(state, 'api.sock'));
    expect(await findSocket(state)).toBe(place.path);
    expect(await heardAt(place.path)).toBe('daemon');
    expect(await readdir(state)).toEqual(['api.sock']);
    expect(await readdir(directory)).toEqual([]);
  });

  test.each([LONGEST + 1, 600])(
    'is in a private directory when the path would have %i bytes, and is found there',
    async (bytes) => {
      const { directory, env } = await aRuntimeDirectory();
      const state = await aStateDirectory(bytes);

      const place = await openSocketPlace(state, { env });
      await listenAt(place.path);

      const [name = ''] = await readdir(directory);
      expect(name).toMatch(/^symphony-\d+-[0-9a-f]{16}$/u);
      expect(place.path).toBe(join(directory, name, 'api.sock'));
      expect((await lstat(join(directory, name))).mode & 0o777).toBe(0o700);
      expect(await findSocket(state)).toBe(place.path);
      expect(await heardAt(await findSocket(state))).toBe('daemon');
      expect(await readdir(state)).toEqual(['api.sock.path']);
    },
  );

  test('is another one for every state directory', async () => {
    const { env } = await aRuntimeDirectory();
    const [one, other] = [await aStateDirectory(200), await aStateDirectory(200)];

    const paths = [await openSocketPlace(one, { env }), await openSocketPlace(other, { env })].map(
      ({ path }) => path,
    );

    expect(new Set(paths).size).toBe(2);
  });

  test.each([60, 300])('leaves nothing behind once closed (%i bytes)', async (bytes) => {
    const { directory, env } = await aRuntimeDirectory();
    const state = await aStateDirectory(bytes);
    const place = await openSocketPlace(state, { env });
    await writeFile(place.path, '');

    await place.close();
    await place.close();

    expect([await readdir(state), await readdir(directory)]).toEqual([[], []]);
  });

  test.each([60, 300])('takes over what a killed daemon left (%i bytes)', async (bytes) => {
    const { env } = await aRuntimeDirectory();
    const state = await aStateDirectory(bytes);
    const before = await openSocketPlace(state, { env });
    await writeFile(before.path, 'a socket that nobody holds any more');

    const place = await openSocketPlace(state, { env });
    await listenAt(place.path);

    expect(place.path).toBe(before.path);
    expect(await heardAt(await findSocket(state))).toBe('daemon');
  });

  test('leaves no record of another place that it used before', async () => {
    const { directory, env } = await aRuntimeDirectory();
    const state = await aStateDirectory(100);
    await openSocketPlace(state, { env, maxBytes: 99 });

    const place = await openSocketPlace(state, { env });

    expect(place.path).toBe(join(state, 'api.sock'));
    expect([await readdir(state), await readdir(directory)]).toEqual([[], []]);
  });

  test('is under the temporary directory where there is no runtime directory', async () => {
    const { directory } = await aRuntimeDirectory();
    const state = await aStateDirectory(300);

    const place = await openSocketPlace(state, { env: { XDG_RUNTIME_DIR: join(directory, 'none') } });
    onTestFinished(() => place.close());

    expect(place.path).toMatch(/\/symphony-\d+-[0-9a-f]{16}\/api\.sock$/u);
    expect(place.path.startsWith(directory)).toBe(false);
    expect(Buffer.byteLength(place.path)).toBeLessThanOrEqual(LONGEST);
  });

  test.each([
    ['a link', async (path: string, other: string) => symlink(other, path)],
    ['a file', async (path: string) => writeFile(path, '')],
    [
      'a directory that others may enter',
      async (path: string) => {
        await mkdir(path);
        await chmod(path, 0o755);
      },
    ],
  ])('is refused when %s has the name of the private directory', async (_what, plant) => {
    const { directory, env } = await aRuntimeDirectory();
    const state = await aStateDirectory(300);
    const place = await openSocketPlace(state, { env });
    const [name = ''] = await readdir(directory);
    await place.close();
    await plant(join(directory, name), await aPlace());

    await expect(openSocketPlace(state, { env })).rejects.toMatchObject({
      code: 'state_directory_unavailable',
      message: expect.stringContaining(join(directory, name)),
    });
  });
});

describe('who looks for the socket', () => {
  test('is told when no daemon has ever run there, and when none runs now', async () => {
    const state = await aStateDirectory(60);

    await expect(findSocket(join(state, 'none'))).rejects.toMatchObject({
      code: 'daemon_unreachable',
      message: expect.stringMatching(/no daemon has run with the state directory .*none\./u),
    });
    await expect(findSocket(state)).rejects.toMatchObject({
      code: 'daemon_unreachable',
      message: expect.stringContaining('no daemon runs with'),
    });
  });

  test('is not sent to something that is no socket, nor through a link', async () => {
    const state = await aStateDirectory(60);
    await writeFile(join(state, 'api.sock'), '');
    await expect(findSocket(state)).rejects.toMatchObject({ code: 'daemon_unreachable' });
    await rm(join(state, 'api.sock'));
    await listenAt(join(state, 'real'));
    await symlink(join(state, 'real'), join(state, 'api.sock'));

    await expect(findSocket(state)).rejects.toMatchObject({
      code: 'daemon_unreachable',
      message: expect.stringContaining('is not the socket of a daemon that runs as you'),
    });
  });

  test('is not sent where others could have put a socket', async () => {
    const { directory, env } = await aRuntimeDirectory();
    const state = await aStateDirectory(300);
    const place = await openSocketPlace(state, { env });
    await listenAt(place.path);
    const [name = ''] = await readdir(directory);

    await chmod(join(directory, name), 0o770);

    await expect(findSocket(state)).rejects.toMatchObject({ code: 'daemon_unreachable' });
  });

  test('in a copy of a state directory does not find the daemon of the original, nor ends it', async () => {
    const { env } = await aRuntimeDirectory();
    const state = await aStateDirectory(300);
    const place = await openSocketPlace(state, { env });
    await listenAt(place.path);
    const copy = `${state.slice(0, -3)}cop`;
    await cp(state, copy, { recursive: true });

    await expect(findSocket(copy)).rejects.toMatchObject({ code: 'daemon_unreachable' });
    await openSocketPlace(copy, { env });

    expect(await heardAt(await findSocket(state))).toBe('daemon');
  });

  test('finds it also after the record was written by another name of the same directory', async () => {
    const { env } = await aRuntimeDirectory();
    const state = await aStateDirectory(300);
    const link = join(await aPlace(), 'link');
    await symlink(state, link);
    const place = await openSocketPlace(state, { env });
    await listenAt(place.path);

    expect(await findSocket(link)).toBe(place.path);
    expect((await readFile(join(link, 'api.sock.path'), 'utf8')).trim()).toBe(place.path);
    await rename(join(state, 'api.sock.path'), join(state, 'elsewhere'));
    await expect(findSocket(link)).rejects.toMatchObject({ code: 'daemon_unreachable' });
  });
});
