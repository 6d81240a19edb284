import { describe, expect, test } from 'vitest';
import { listLines, tableLines } from '../../../src/commands/steering/table.js';
import { width } from '../../../src/dashboard/text/text.js';

// Goal: tables that line up whatever is in them, and that fit the terminal they are shown on.

const COLUMNS = [
  { title: 'ID' },
  { title: 'TOKENS', align: 'right' },
  { title: 'TITLE', gives: true },
  { title: 'REASON', gives: true },
] as const;

const ROWS = [
  ['MT-1', '12,345', 'Ein Titel', 'waits for a slot'],
  ['LONG-1234', '7', '漢字のとても長い題名がここにある', 'blocked by MT-7 (In Review), which is not done'],
];

describe('a table', () => {
  test('lines up, also with characters that take two columns, and ends no line with blanks', () => {
    expect(tableLines(COLUMNS, ROWS, null)).toEqual([
      'ID         TOKENS  TITLE                             REASON',
      'MT-1       12,345  Ein Titel                         waits for a slot',
      'LONG-1234       7  漢字のとても長い題名がここにある  blocked by MT-7 (In Review), which is not done',
    ]);
  });

  test('that nothing limits is not padded to the longest of titles', () => {
    const [head, short, long] = tableLines(
      COLUMNS,
      [
        ['A', '1', 'short', 'r'],
        ['B', '2', 'x'.repeat(5000), 'r'],
      ],
      null,
    );

    expect([head?.length, short?.length]).toEqual([120, 115]);
    expect(long).toBe(`B        2  ${'x'.repeat(5000)}  r`);
  });

  test('takes from the widest columns that give way when the terminal is too narrow', () => {
    expect(tableLines(COLUMNS, ROWS, 60)).toEqual([
      'ID         TOKENS  TITLE                REASON',
      'MT-1       12,345  Ein Titel            waits for a slot',
      'LONG-1234       7  漢字のとても長い題…  blocked by MT-7 (In…',
    ]);
  });

  test('cuts a column that does not give way before it pushes the others out of a narrow terminal', () => {
    const rows = [
      [`LONG-${'X'.repeat(90)}`, '12,345', 'Ein Titel', 'waits for a slot'],
      ['MT-1', '7', 'Another title', 'running'],
    ];

    expect(tableLines(COLUMNS, rows, 50)).toEqual([
      'ID                      TOKENS  TITLE     REASON',
      'LONG-XXXXXXXXXXXXXXXX…  12,345  Ein Tit…  waits f…',
      'MT-1                         7  Another…  running',
    ]);
  });

  test('leaves reasons to be read where an identifier has to be cut anyway', () => {
    const rows = [[`LONG-${'X'.repeat(60)}`, '12,345', 'Ein Titel', 'blocked by MT-7 (In Review)']];

    expect(tableLines(COLUMNS, rows, 60)).toEqual([
      'ID                        TOKENS  TITLE      REASON',
      'LONG-XXXXXXXXXXXXXXXXXX…  12,345  Ein Titel  blocked by MT-…',
    ]);
  });

  test('goes on in the next line with what must be read whole', () => {
    const columns = [{ title: 'RULE' }, { title: 'FACT', gives: true, wraps: true }];
    const rows = [
      ['active', 'state Todo is active'],
      ['slot_free', '2/2 slots used by MT-4, MT-9'],
    ];

    expect(tableLines(columns, rows, 26)).toEqual([
      'RULE       FACT',
      'active     state Todo is',
      '           active',
      'slot_free  2/2 slots used',
      '           by MT-4, MT-9',
    ]);
    expect(tableLines(columns, rows, null)).toContain('slot_free  2/2 slots used by MT-4, MT-9');
  });

  test('leaves out a column that is only there if used, and is not', () => {
    const columns = [{ title: 'ID' }, { title: 'HOST', ifUsed: true }, { title: 'STATE' }];

    expect(tableLines(columns, [['A', '', 'Todo']], null)).toEqual(['ID  STATE', 'A   Todo']);
    expect(tableLines(columns, [['A', 'h', 'Todo']], null)).toEqual(['ID  HOST  STATE', 'A   h     Todo']);
  });

  test.each([10, 25, 40, 59, 60, 80, 100, 200])('never takes more than %i columns', (limit) => {
    for (const line of tableLines(COLUMNS, ROWS, limit)) expect(width(line)).toBeLessThanOrEqual(limit);
  });
});

test('a list leaves out what has no value', () => {
  expect(
    listLines(
      [
        ['State', 'Todo'],
        ['Link', null],
        ['Workspace', '/srv/work'],
        ['Note', ''],
      ],
      null,
    ),
  ).toEqual(['State      Todo', 'Workspace  /srv/work']);
});

describe('a value of a list that is longer than the terminal is wide', () => {
  const ENTRIES = [['Workflow', 'nothing new starts: WORKFLOW.md, line 14: polling.interval']] as const;

  test('goes on beside its name', () => {
    expect(listLines(ENTRIES, 40)).toEqual([
      'Workflow  nothing new starts:',
      '          WORKFLOW.md, line 14:',
      '          polling.interval',
    ]);
  });

  test('is cut after so many lines, and where nothing could be read beside the name', () => {
    expect(listLines(ENTRIES, 40, 2)).toEqual([
      'Workflow  nothing new starts:',
      '          WORKFLOW.md, line 14: polling…',
    ]);
    expect(listLines(ENTRIES, 20)).toEqual(['Workflow  nothing n…']);
  });
});
