import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  keepOperatorToken,
  readOperatorToken,
  restoreOperatorToken,
} from '../../src/stores/operator-token.js';
import { needs } from '../helpers/needs.js';
import { aPlace } from '../helpers/processes.js';

// Goal: whoever has the token acts for a person, so nobody gets it but the user who runs the daemon.

const A_TOKEN = 'A'.repeat(43);

/** A state directory with such a file in the place of the token. */
async function aPlaceWith(content: string, mode = 0o600): Promise<string> {
  const place = await aPlace();
  await writeFile(join(place, 'operator-token'), content);
  await chmod(join(place, 'operator-token'), mode);
  return place;
}

/** Does something with the rights of a user who owns nothing. */
async function asNobody<T>(action: () => Promise<T>): Promise<T> {
  process.seteuid?.(65_534);
  try {
    return await action();
  } finally {
    process.seteuid?.(0);
  }
}

describe('the token of the operator', () => {
  test('is made once, for its user alone, and stays', async () => {
    const place = await aPlace();

    const made = await keepOperatorToken(place);

    expect(made).toMatch(/^[A-Za-z0-9_-]{43}$/u);
    expect((await stat(join(place, 'operator-token'))).mode & 0o777).toBe(0o600);
    expect(await readdir(place)).toEqual(['operator-token']);
    expect(await keepOperatorToken(place)).toBe(made);
    expect(await readOperatorToken(place)).toBe(made);
  });

  test('is another one in every place', async () => {
    const [one, other] = [await keepOperatorToken(await aPlace()), await keepOperatorToken(await aPlace())];

    expect(one).not.toBe(other);
  });

  test('of a running daemon is put back as it was, for its user alone, whatever took its place', async () => {
    const place = await aPlaceWith('of another daemon\n', 0o644);

    await restoreOperatorToken(place, A_TOKEN);
    await restoreOperatorToken(place, A_TOKEN);

    expect(await readOperatorToken(place)).toBe(A_TOKEN);
    expect((await stat(join(place, 'operator-token'))).mode & 0o777).toBe(0o600);
    expect(await readdir(place)).toEqual(['operator-token']);
  });

  test('is made anew once it was removed', async () => {
    const place = await aPlace();
    const first = await keepOperatorToken(place);
    await rm(join(place, 'operator-token'));

    expect(await keepOperatorToken(place)).not.toBe(first);
  });

  test('is made though a crash left something half made by a process of the same number', async () => {
    const place = await aPlace();
    await writeFile(join(place, `operator-token.${process.pid}`), 'half');

    await keepOperatorToken(place);

    expect(await readdir(place)).toEqual(['operator-token']);
  });

  test('that was never made is told from a place where no daemon ran', async () => {
    const place = await aPlace();

    for (const nowhere of [place, join(place, 'nothing', 'here')]) {
      await expect(readOperatorToken(nowhere)).rejects.toMatchObject({
        code: 'state_directory_unavailable',
        message: expect.stringMatching(/no daemon has run .*--state-dir/u),
      });
    }
    expect(await readdir(place)).toEqual([]);
  });

  test.each([
    ['readable by the group', A_TOKEN, 0o640, 'other users'],
    ['readable by everybody', A_TOKEN, 0o604, 'other users'],
    ['writable by others', A_TOKEN, 0o602, 'other users'],
    ['empty', '', 0o600, 'something else'],
    ['cut short', A_TOKEN.slice(1), 0o600, 'something else'],
    ['two lines', `${A_TOKEN}\n${A_TOKEN}`, 0o600, 'something else'],
    ['long', 'A'.repeat(1_000_000), 0o600, 'not the file'],
  ])('that is %s is refused with the mend, and left as it is', async (_what, content, mode, why) => {
    const place = await aPlaceWith(content, mode);

    for (const open of [keepOperatorToken, readOperatorToken]) {
      await expect(open(place)).rejects.toMatchObject({
        code: 'state_directory_unavailable',
        message: expect.stringContaining(why),
      });
      await expect(open(place)).rejects.toThrow(`${join(place, 'operator-token')} cannot be used`);
    }
    expect(await readFile(join(place, 'operator-token'), 'utf8')).toBe(content);
  });

  test('that is no file is refused', async (context) => {
    needs(context, 'mkfifo');
    const [link, directory, pipe] = [await aPlace(), await aPlace(), await aPlace()];
    const elsewhere = await aPlaceWith(A_TOKEN);
    await symlink(join(elsewhere, 'operator-token'), join(link, 'operator-token'));
    await mkdir(join(directory, 'operator-token'));
    execFileSync('mkfifo', ['-m', '600', join(pipe, 'operator-token')]);

    for (const place of [link, directory, pipe]) {
      await expect(keepOperatorToken(place)).rejects.toThrow('it is not the file that was made here');
    }
  });

  test('of another user is not told to be removed, but whose it is and what to use instead', async (context) => {
    if (process.getuid?.() !== 0) context.skip('because only root may act as another user');
    const place = await aPlaceWith(A_TOKEN);
    const open = await aPlaceWith(A_TOKEN);
    await chmod(open, 0o755);

    for (const directory of [place, join(place, 'deeper', 'still'), open]) {
      const said = await asNobody(() => readOperatorToken(directory)).catch(String);

      expect(said).toMatch(
        /may not be read by this user: \S+ belongs to another one \(user id 0\)\. Run .* as that user, or .*server\.token: \$NAME/u,
      );
      expect(said).not.toMatch(/remove/iu);
    }
  });

  test('that its own user may not read is told to be that', async (context) => {
    if (process.getuid?.() === 0) context.skip('because root may read everything');
    const place = await aPlaceWith(A_TOKEN, 0o000);

    await expect(readOperatorToken(place)).rejects.toThrow(
      `may not be read by this user: the permissions of ${join(place, 'operator-token')} forbid it`,
    );
  });

  test('that cannot be written is refused with the reason', async () => {
    const place = await aPlace();

    await expect(keepOperatorToken(join(place, 'missing'))).rejects.toMatchObject({
      code: 'state_directory_unavailable',
      message: expect.stringContaining('ENOENT'),
    });
  });
});
