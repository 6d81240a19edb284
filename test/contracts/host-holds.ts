import { spawnSync } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Holder, Host } from '../../src/ports/host.js';

const ONE: Holder = { id: 'one1', note: `{"of":"the first daemon's","path":"/a \\"b\\\\c"}` };
const TWO: Holder = { id: 'two2', note: '{"of":"the second"}' };

/** A hold of a daemon that has ended. */
function aDeadHold(id = 'dead0'): string {
  return `${id} ${spawnSync('true').pid} 1 {"of":"one that died"}\n`;
}

/** The part of the host contract that is about holds; `begin` makes a host and a directory for one test. */
export function hostHoldsContract(
  name: string,
  begin: () => Promise<{ readonly host: Host; readonly cwd: string }>,
): void {
  /** Two daemons, each with its own way to the same machine. */
  const two = async () => {
    const { host: one, cwd } = await begin();
    const { host: other } = await begin();
    return { one, other, cwd, hold: join(cwd, 'not there yet', "it's a\nhold") };
  };

  describe(`a hold on ${name}`, () => {
    test('is refused to every other daemon with the note of the one that has it, until that lets it go', async () => {
      const { one, other, hold } = await two();

      expect(await one.hold(hold, ONE)).toBeNull();
      expect(await one.hold(hold, ONE)).toBeNull();
      expect(await other.hold(hold, TWO)).toBe(ONE.note);
      await other.letGo(hold, TWO);
      expect(await other.hold(hold, TWO)).toBe(ONE.note);
      await one.letGo(hold, ONE);
      await one.letGo(hold, ONE);

      expect(await other.hold(hold, TWO)).toBeNull();
      expect(await one.hold(hold, ONE)).toBe(TWO.note);
    });

    test('is one file that only its user can read, also for the longest name there may be', async () => {
      const { one, cwd } = await two();
      const name = `${'x'.repeat(250)}.hold`;
      await writeFile(join(cwd, name), aDeadHold());

      expect(await one.hold(join(cwd, name), ONE)).toBeNull();

      expect(await readdir(cwd)).toEqual([name]);
      expect((await stat(join(cwd, name))).mode & 0o077).toBe(0);
      expect(await readFile(join(cwd, name), 'utf8')).toMatch(/^one1 \d+ (\d+|-) \{"of":/);
      await one.letGo(join(cwd, name), ONE);
      expect(await readdir(cwd)).toEqual([]);
    });

    test.each([
      ['of a daemon that died', aDeadHold()],
      ['of a daemon whose number another process has got', `dead0 ${process.pid} 1 {}\n`],
      ['that is empty', ''],
      ['that was cut short', `one2 ${process.pid}`],
      ['that is none', 'This is not\na hold.\n'],
      ['that leads elsewhere', '../../x ../../y ../../z {}\n'],
    ])('%s is taken over', async (_title, text) => {
      const { one, other, cwd } = await two();
      await writeFile(join(cwd, 'hold'), text);

      expect(await one.hold(join(cwd, 'hold'), ONE)).toBeNull();

      expect(await other.hold(join(cwd, 'hold'), TWO)).toBe(ONE.note);
      expect(await readdir(cwd)).toEqual(['hold']);
    });

    test('goes to exactly one of many that ask at once, whoever had it before', async () => {
      const { one, other, cwd } = await two();
      const holders = Array.from({ length: 8 }, (_, index) => ({ id: `d${index}`, note: `{"n":${index}}` }));

      for (const before of [null, aDeadHold(), '', aDeadHold('dead1'), null]) {
        const hold = join(cwd, 'hold');
        if (before !== null) await writeFile(hold, before);

        const answers = await Promise.all(
          holders.map((holder, index) => (index % 2 === 0 ? one : other).hold(hold, holder)),
        );

        const winner = answers.indexOf(null);
        expect(answers.filter((answer) => answer === null)).toHaveLength(1);
        expect(new Set(answers)).toEqual(new Set([null, holders[winner]?.note]));
        expect(await readdir(cwd)).toEqual(['hold']);
        await Promise.all(holders.map((holder) => one.letGo(hold, holder)));
        expect(await readdir(cwd)).toEqual([]);
      }
    });

    test('where none can be written is an error that names it, but who has it is still told', async () => {
      const { one, other, cwd } = await two();
      await writeFile(join(cwd, 'file'), '');

      await expect(one.hold(join(cwd, 'file', 'hold'), ONE)).rejects.toMatchObject({
        code: 'workspace_unavailable',
        message: expect.stringContaining(join(cwd, 'file', 'hold')),
      });
      expect(await one.hold(join(cwd, 'hold'), ONE)).toBeNull();
      expect(await other.hold(join(cwd, 'hold'), TWO)).toBe(ONE.note);
    });
  });
}
