import type { HelpUi, Mode } from '../keys/ui.js';
import { type Line, lineOf, ruleLine, span, spread } from '../text/line.js';
import { wrap } from '../text/text.js';
import { bottomLines } from './bottom.js';
import type { Frame, FrameInput } from './frame-input.js';
import { stretch, withScrollBar } from './viewport.js';

const KEY_COLUMNS = 18;

interface Topic {
  readonly title: string;
  readonly keys: readonly (readonly [key: string, does: string])[];
}

/** What the keys do and what the signs mean. */
export function helpFrame(input: FrameInput, ui: HelpUi): Frame {
  const { columns, rows, mode } = input;
  const head = spread(
    columns,
    [span('╭─ ', 'dim'), span('SYMPHONY', 'title'), span('  keys and signs', 'dim')],
    [],
    '─',
  );
  const bottom = [
    ruleLine(columns, '╰'),
    ...bottomLines(input, [
      ['esc', 'back'],
      ['↑↓', 'scroll'],
    ]),
  ];
  const lines = topics(mode).flatMap((topic, index) => [
    ...(index === 0 ? [] : [[span('│', 'dim')]]),
    ...topicLines(topic, columns - 2),
  ]);
  const height = Math.max(rows - 1 - bottom.length, 1);
  const shown = stretch(ui.scroll, height, lines.length);
  const body = withScrollBar(lines.slice(shown.top, shown.top + height), shown, columns);
  const filling = Array.from({ length: height - body.length }, (): Line => [span('│', 'dim')]);
  return {
    lines: [head, ...body, ...filling, ...bottom],
    page: height,
    scrollMax: Math.max(lines.length - height, 0),
    takesKeys: true,
  };
}

function topicLines({ title, keys }: Topic, columns: number): Line[] {
  return [
    lineOf(columns, span('│ ', 'dim'), span(title, 'title')),
    ...keys.flatMap(([key, does]) =>
      wrap(does, columns - 4 - KEY_COLUMNS).map((text, index) =>
        lineOf(
          columns,
          span('│   ', 'dim'),
          span((index === 0 ? key : '').padEnd(KEY_COLUMNS), 'key'),
          span(text),
        ),
      ),
    ),
  ];
}

function topics(mode: Mode): readonly Topic[] {
  return [
    {
      title: 'Looking around',
      keys: [
        ['↑ ↓  k j', 'select an issue, or scroll'],
        ['pgup pgdn', 'the same by pages'],
        ['home end  g G', 'the first, the last'],
        ['enter', 'open the issue: why it stands where it stands, and its events, live'],
        ['/', 'go to an issue by its identifier, also one that is not in the list'],
        ['w', 'in an open issue: every rule, or only those that hold it'],
        ['esc  q', 'back; in the list, esc selects nothing'],
      ],
    },
    {
      title: 'About the selected issue',
      keys: [
        ['a', 'answer what its agent asks'],
        ['s', 'stop its run and set it aside until t or x'],
        ['t', 'retry: its next run begins as soon as there is a slot'],
        ['x', 'release: it is taken as if it were new'],
      ],
    },
    {
      title: 'About the daemon',
      keys: [
        ['r', 'refresh: ask the tracker now'],
        ['p', 'pause: nothing new starts; again: resume'],
        ['u', 'take a usage limit for over'],
        ['d', 'drain: nothing new starts, and it ends when what runs has ended'],
        mode === 'attached'
          ? ['q', 'leave; the daemon goes on']
          : ['q', 'quit: after what runs has ended, or at once'],
        ['ctrl-z', 'suspend it; fg goes on'],
        mode === 'attached' ? ['ctrl-c', 'leave at once'] : ['ctrl-c', 'stop what runs, and end'],
        ['ctrl-l', 'draw everything again'],
      ],
    },
    {
      title: 'Signs',
      keys: [
        ['?  blocked', 'an agent asks for a person'],
        ['●  running', 'an agent works on it'],
        ['↻  retrying', 'its next run waits for its time, or for a slot'],
        ['■  parked', 'set aside, by a limit or by a person'],
        ['○  waiting', 'it may start, and waits for a slot or for its turn'],
        ['–  not eligible', 'a rule keeps it out; enter says which'],
      ],
    },
  ];
}
