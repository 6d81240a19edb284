import { lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Conversation } from '../../src/commands/init/conversation.js';
import { writeNew } from '../../src/commands/init/write-new.js';
import { aDirectory } from '../helpers/symphony.js';

/** A conversation with somebody who types these lines at once and then leaves. */
function withLines(...lines: readonly string[]) {
  const input = new PassThrough();
  const output = new PassThrough();
  const conversation = new Conversation(input, output);
  onTestFinished(() => conversation.close());
  input.end(lines.map((line) => `${line}\n`).join(''));
  return { conversation, said: () => String(output.read() ?? '') };
}

const COLOURS = ['Red', 'Green', 'Greenish', 'Blue'].map((name, index) => ({
  value: index,
  name,
  about: name === 'Blue' ? 'like the sea' : '',
}));

describe('a conversation', () => {
  test('takes what was typed ahead, line by line', async () => {
    const { conversation } = withLines('one', ' two ');

    const first = await conversation.ask('First', null, (value) => ({ value }));
    const second = await conversation.ask('Second', null, (value) => ({ value }));

    expect([first, second]).toEqual(['one', 'two']);
  });

  test('asks again, and says why, until the answer can be read', async () => {
    const { conversation, said } = withLines('', 'x', '7');

    const value = await conversation.ask('How many', null, (answer) =>
      answer === '7' ? { value: 7 } : { problem: 'not that many' },
    );

    expect(value).toBe(7);
    expect(said()).toBe('How many: How many:   not that many\nHow many: ');
  });

  test.each([
    ['a number', '2', 1],
    ['a whole name, though others begin with it', 'green', 1],
    ['a part of a name', 'RE ', 0],
    ['a part of what is said about it', 'sea', 3],
  ])('takes %s for one of a list', async (_, answer, chosen) => {
    const choices = answer === 'RE ' ? COLOURS.filter(({ name }) => !name.startsWith('Green')) : COLOURS;
    const { conversation } = withLines(answer);

    expect(await conversation.choose('Colour', choices, null)).toBe(chosen);
  });

  test('shows which ones are meant by a part that several have', async () => {
    const { conversation, said } = withLines('gree', 'greenish');

    expect(await conversation.choose('Colour', COLOURS, null)).toBe(2);
    expect(said()).toBe(
      [
        '  1  Red\n  2  Green\n  3  Greenish\n  4  Blue      like the sea\n',
        'Colour:   2  Green\n  3  Greenish\n  2 are meant by that; give a number or more of the name\nColour: ',
      ].join(''),
    );
  });

  test('ends, and lets nothing go on, when the person leaves', async () => {
    const { conversation } = withLines();

    await expect(conversation.ask('Anything', 'x', (value) => ({ value }))).rejects.toMatchObject({
      code: 'usage_error',
    });
    expect(conversation.signal.aborted).toBe(true);
  });
});

describe('a new file', () => {
  test('takes the place of none that came there meanwhile', async () => {
    const path = join(aDirectory({ 'WORKFLOW.md': 'theirs' }), 'WORKFLOW.md');

    await expect(writeNew(path, 'ours')).rejects.toThrow('is there already and is left as it is');
    expect(readFileSync(path, 'utf8')).toBe('theirs');
  });

  test('is not written through a link that came there meanwhile', async () => {
    const folder = aDirectory();
    symlinkSync('target.md', join(folder, 'WORKFLOW.md'));

    await expect(writeNew(join(folder, 'WORKFLOW.md'), 'ours')).rejects.toThrow('is there already');
    expect(() => lstatSync(join(folder, 'target.md'))).toThrow('ENOENT');
  });
});
