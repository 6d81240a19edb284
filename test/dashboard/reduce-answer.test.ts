import { describe, expect, test } from 'vitest';
import { optionsOf } from '../../src/dashboard/keys/answers.js';
import type { Key } from '../../src/dashboard/keys/key.js';
import { reduce } from '../../src/dashboard/keys/reduce.js';
import type { Step } from '../../src/dashboard/keys/step.js';
import { START, type Ui } from '../../src/dashboard/keys/ui.js';
import type { Question } from '../../src/domain/session.js';
import type { Snapshot } from '../../src/domain/snapshot.js';
import { aBlockedRow, aSnapshot } from '../helpers/snapshots.js';

const down: Key = { kind: 'down' };
const enter: Key = { kind: 'enter' };
const esc: Key = { kind: 'escape' };
const typed = (text: string): Key[] => [...text].map((character) => ({ kind: 'character', text: character }));

const asking = (question: Partial<Question> = {}): Snapshot => {
  const row = aBlockedRow();
  return aSnapshot({ blocked: [{ ...row, question: { ...row.question, ...question } }] });
};

function press(keys: readonly Key[], snapshot: Snapshot, from: Ui = START): Step {
  let step: Step = { ui: from, order: null, say: null };
  for (const key of keys) step = reduce(step.ui, key, { snapshot, mode: 'daemon', page: 5, scrollMax: 3 });
  return step;
}

const ask = [down, ...typed('a')];
const target = { issueId: 'ghi789', identifier: 'MT-651' };
const open = { kind: 'userInput', text: 'Which one?', choices: [] } as const;
const chosen = { kind: 'userInput', text: 'Which one?', choices: ['Postgres', 'SQLite'] } as const;

test('an answer that is longer than one may be says that its end was left out', () => {
  const paste = (length: number): Key => ({ kind: 'paste', text: 'x'.repeat(length) });

  expect(press([...ask, paste(10_000)], asking(open)).say).toBeNull();
  expect(press([...ask, paste(10_001)], asking(open)).say).toBe(
    'An answer has at most 10,000 characters; the rest was left out.',
  );
  expect(press([...ask, paste(10_000), ...typed('y')], asking(open)).say).not.toBeNull();
});

describe('answering', () => {
  test.each([
    ['the first of two', {}, [enter], { kind: 'approve' }],
    ['the second', {}, [down, enter], { kind: 'decline' }],
    ['by its number', {}, [...typed('2'), enter], { kind: 'decline' }],
    ['a choice', chosen, [down, enter], { kind: 'text', text: 'SQLite' }],
    [
      'words instead of a choice',
      chosen,
      [...typed('3'), enter, ...typed('Redis'), enter],
      { kind: 'text', text: 'Redis' },
    ],
    ['words', open, [...typed('日本 it is'), enter], { kind: 'text', text: '日本 it is' }],
    ['pasted words', open, [{ kind: 'paste', text: 'a\r\nb' }, enter], { kind: 'text', text: 'a b' }],
    [
      'words instead of an approval',
      {},
      [down, down, enter, ...typed('later'), enter],
      { kind: 'text', text: 'later' },
    ],
  ] as const)('sends %s', (_what, question, keys, answer) => {
    const step = press([...ask, ...keys], asking(question));

    const asked = asking(question).blocked[0]?.question.text;
    expect(step.order).toEqual({ kind: 'answer', target, answer, question: asked });
    expect(step.ui.kind).toBe('list');
  });

  test.each([
    ['nothing was written', open, [enter]],
    ['only blanks were written', open, [...typed('   '), enter]],
    ['it is left', {}, [esc]],
    ['a letter is pressed', {}, typed('sxty')],
    ['a number that is no choice', {}, typed('9')],
    ['the editor is opened', {}, [down, down, enter]],
  ] as const)('sends nothing when %s', (_what, question, keys) => {
    expect(press([...ask, ...keys], asking(question)).order).toBeNull();
  });

  test('goes back from the words to the choices, and to the list where there are none', () => {
    expect(press([...ask, down, down, enter, esc], asking()).ui).toMatchObject({
      kind: 'answer',
      editor: null,
    });
    expect(press([...ask, esc], asking(open)).ui.kind).toBe('list');
  });

  test('never sends to a question that was asked since', () => {
    const before = press(ask, asking()).ui;

    const step = press([enter], asking({ text: 'Run rm -rf?' }), before);

    expect(step).toMatchObject({ order: null, say: 'MT-651 does not ask that any more; nothing was sent.' });
    expect(press([enter], aSnapshot(), before).order).toBeNull();
  });

  test('scrolls a long question, also while words are written', () => {
    const page: Key = { kind: 'pageDown' };

    expect(press([...ask, page], asking()).ui).toMatchObject({ scroll: 3 });
    expect(press([...ask, page, { kind: 'pageUp' }], asking(open)).ui).toMatchObject({ scroll: 0 });
  });

  test('is refused for an issue that asks nothing', () => {
    const parked = aSnapshot({ waiting: { count: 1, identifiers: ['MT-9'] } });

    expect(press(ask, parked)).toMatchObject({ order: null, say: 'MT-9 asks nothing.' });
  });
});

describe('the choices', () => {
  const labels = (question: Question): string[] => optionsOf(question).map(({ label }) => label);

  test.each([
    ['commandApproval', ['accept', 'decline'], ['Approve', 'Decline', 'Write something else …']],
    ['permission', [], ['Approve', 'Decline', 'Write something else …']],
    ['elicitation', ['approve', 'decline'], ['Approve', 'Decline', 'Write something else …']],
    ['elicitation', ['red', 'blue'], ['red', 'blue', 'Write an answer …', 'Decline']],
    ['userInput', ['red'], ['red', 'Write an answer …']],
    ['userInput', [], ['Write an answer …']],
  ] as const)('of %s with %j are %j', (kind, choices, expected) => {
    expect(labels({ kind, text: 'What?', choices })).toEqual(expected);
  });
});
